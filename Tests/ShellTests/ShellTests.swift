import Testing
import Shell
