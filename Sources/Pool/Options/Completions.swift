// The completion files of bash, zsh and fish.

import Bytes

extension Option {
    /// Its spellings, each with its hyphens.
    var spellings: [Bytes] {
        letters.map { Bytes([UInt8(ascii: "-"), $0]) } + names.map { "--" + $0 }
    }

    var isShell: Bool { if case .shell = effect { true } else { false } }
}

extension OptionTable {
    /// What completions offer.
    var offered: [Option] { options.filter(\.isShown) }
}

private let origin: Bytes = "# Made by 'thresh --shell-completion', from the table of options.\n"

enum BashCompletion {
    static func text(_ table: OptionTable) -> Bytes {
        var cases = Bytes()
        for option in table.offered where !option.isShell && option.value.name != nil {
            let action: Bytes
            switch option.value.hint {
            case .file: action = "compgen -f -- \"$cur\""
            case .directory: action = "compgen -d -- \"$cur\""
            case .command: action = "compgen -c -- \"$cur\""
            case .choices(let words): action = "compgen -W '" + words.joined(by: " ") + "' -- \"$cur\""
            case .none: action = ""
            }
            if option.value.isOptional { continue }
            cases.append("        ")
            cases.append(option.spellings.joined(by: "|"))
            cases.append(")\n")
            if action.isEmpty {
                cases.append("            return ;;\n")
            } else {
                cases.append("            mapfile -t COMPREPLY < <(")
                cases.append(action)
                cases.append(")\n            return ;;\n")
            }
        }
        var text: Bytes = "# bash completion for thresh                             -*- shell-script -*-\n"
        text.append(origin)
        text.append(
            """
            _thresh() {
                local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} word i
                COMPREPLY=()
                case $prev in

            """)
        text.append(cases)
        text.append(
            """
                esac
                if [[ $cur == -* ]]; then
                    mapfile -t COMPREPLY < <(compgen -W '
            """)
        var line = Bytes()
        for option in table.offered where !option.isShell {
            for spelling in option.spellings {
                if line.count + spelling.count > 90 {
                    text.append(line)
                    text.append("\n")
                    line = Bytes()
                }
                if !line.isEmpty { line.append(" ") }
                line.append(spelling)
            }
        }
        text.append(line)
        text.append(
            """
            ' -- "$cur")
                    return
                fi
                # After ::: come arguments, after :::: files; the first word that is no option is a command.
                for ((i = COMP_CWORD - 1; i > 0; i--)); do
                    word=${COMP_WORDS[i]}
                    if [[ $word == ::: || $word == :::: || $word == :::+ || $word == ::::+ ]]; then
                        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                        return
                    fi
                done
                if ((COMP_CWORD == 1)) || [[ $prev == -* ]]; then
                    mapfile -t COMPREPLY < <(compgen -c -f -- "$cur")
                else
                    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                fi
            }
            complete -o filenames -F _thresh thresh

            """)
        return text
    }
}

enum ZshCompletion {
    static func text(_ table: OptionTable) -> Bytes {
        var text: Bytes = "#compdef thresh\n"
        text.append(origin)
        text.append("_arguments -s -S \\\n")
        for option in table.offered where !option.isShell {
            let spellings = option.spellings
            text.append("    ")
            if spellings.count > 1 {
                text.append("'(")
                text.append(spellings.joined(by: " "))
                text.append(")'{")
                text.append(spellings.map { $0 + suffix(option, isLong: $0.hasPrefix("--")) }.joined(by: ","))
                text.append("}'")
            } else {
                text.append("'")
                text.append(spellings[0] + suffix(option, isLong: spellings[0].hasPrefix("--")))
            }
            text.append("[")
            text.append(quoted(option.help))
            text.append("]")
            if let name = option.value.name {
                text.append(option.value.isOptional ? "::" : ":")
                text.append(quoted(name))
                text.append(":")
                text.append(action(option.value.hint))
            }
            text.append("' \\\n")
        }
        text.append("    '1: :{ _command_names -e; _files }' \\\n    '*:argument:_files'\n")
        return text
    }

    /// How a value is attached: `+` in the same or the next word, `=` after an equals sign or in the next word, a hyphen
    /// after either only in the same word.
    private static func suffix(_ option: Option, isLong: Bool) -> Bytes {
        switch option.value {
        case .none: ""
        case .required: isLong ? "=" : "+"
        case .optional: isLong ? "=-" : "-"
        }
    }

    private static func action(_ hint: Option.Hint) -> Bytes {
        switch hint {
        case .none: " "
        case .file: "_files"
        case .directory: "_files -/"
        case .command: "_command_names -e"
        case .choices(let words): "(" + words.joined(by: " ") + ")"
        }
    }

    /// Inside single quotes of the shell and brackets of `_arguments`.
    private static func quoted(_ text: Bytes) -> Bytes {
        var result = Bytes()
        for byte in text {
            switch byte {
            case UInt8(ascii: "'"): result.append("'\\''")
            case UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: ":"), UInt8(ascii: "\\"):
                result.append("\\")
                result.append(byte)
            default: result.append(byte)
            }
        }
        return result
    }
}

enum FishCompletion {
    static func text(_ table: OptionTable) -> Bytes {
        var text: Bytes = "# fish completion for thresh\n"
        text.append(origin)
        for option in table.offered where !option.isShell {
            text.append("complete -c thresh")
            for letter in option.letters {
                text.append(" -s ")
                text.append(letter)
            }
            for name in option.names {
                text.append(" -l ")
                text.append(name)
            }
            if option.value.name != nil, !option.value.isOptional {
                text.append(" -r")
            }
            switch option.value.hint {
            case .none: if option.value.name != nil, !option.value.isOptional { text.append(" -f") }
            case .file: text.append(" -F")
            case .directory: text.append(" -f -a '(__fish_complete_directories)'")
            case .command: text.append(" -f -a '(__fish_complete_command)'")
            case .choices(let words):
                text.append(" -f -a '")
                text.append(words.joined(by: " "))
                text.append("'")
            }
            text.append(" -d '")
            for byte in option.help {
                if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\\") { text.append("\\") }
                text.append(byte)
            }
            text.append("'\n")
        }
        return text
    }
}
