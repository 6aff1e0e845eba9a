import Bytes

/// The reserved words of POSIX 2.4, those of bash that the grammar takes, and our own.
enum ReservedWord {
    case bang, leftBrace, rightBrace
    case ifWord, fi, doWord, inWord, conditional
    case then, elseWord, elif, caseWord, esac, done
    case whileWord, until, forWord, function
    case select, time, coproc
    case parallelFor, parallelWhile

    init?(_ word: Bytes) {
        // By length first: most words that get here are none.
        switch word.count {
        case 1:
            switch word {
            case "!": self = .bang
            case "{": self = .leftBrace
            case "}": self = .rightBrace
            default: return nil
            }
        case 2:
            switch word {
            case "if": self = .ifWord
            case "fi": self = .fi
            case "do": self = .doWord
            case "in": self = .inWord
            case "[[": self = .conditional
            default: return nil
            }
        case 3 where word == "for": self = .forWord
        case 4:
            switch word {
            case "then": self = .then
            case "else": self = .elseWord
            case "elif": self = .elif
            case "case": self = .caseWord
            case "esac": self = .esac
            case "done": self = .done
            case "time": self = .time
            case "pfor": self = .parallelFor
            default: return nil
            }
        case 5:
            switch word {
            case "while": self = .whileWord
            case "until": self = .until
            default: return nil
            }
        case 6:
            switch word {
            case "select": self = .select
            case "coproc": self = .coproc
            case "pwhile": self = .parallelWhile
            default: return nil
            }
        case 8 where word == "function": self = .function
        default: return nil
        }
    }

    var text: Bytes {
        switch self {
        case .bang: "!"
        case .leftBrace: "{"
        case .rightBrace: "}"
        case .ifWord: "if"
        case .fi: "fi"
        case .doWord: "do"
        case .inWord: "in"
        case .conditional: "[["
        case .then: "then"
        case .elseWord: "else"
        case .elif: "elif"
        case .caseWord: "case"
        case .esac: "esac"
        case .done: "done"
        case .whileWord: "while"
        case .until: "until"
        case .forWord: "for"
        case .function: "function"
        case .select: "select"
        case .time: "time"
        case .coproc: "coproc"
        case .parallelFor: "pfor"
        case .parallelWhile: "pwhile"
        }
    }

    /// It can only end or divide a compound command, never begin one.
    var isCloser: Bool {
        switch self {
        case .rightBrace, .fi, .doWord, .then, .elseWord, .elif, .esac, .done: true
        default: false
        }
    }
}
