import Glibc
import Platform

exit(Threads.withEnoughStack { Program.run() })
