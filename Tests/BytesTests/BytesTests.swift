import Testing
import Bytes
