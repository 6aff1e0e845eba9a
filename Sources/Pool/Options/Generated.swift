import Bytes

/// The files that are made from the table of options, for `--print NAME` and `--shell-completion SHELL`.
enum Generated {
    static func text(_ name: Bytes, _ table: OptionTable) -> Bytes? {
        switch name {
        case "mdoc-options": ManualOptions.text(table)
        case "bash-completion": BashCompletion.text(table)
        case "zsh-completion": ZshCompletion.text(table)
        case "fish-completion": FishCompletion.text(table)
        default: nil
        }
    }
}

/// The files that the repository keeps of it, each with its path: a test compares them.
package let generatedFiles: [(name: Bytes, path: Bytes)] = [
    ("mdoc-options", "man/options.mdoc"),
    ("bash-completion", "completions/thresh.bash"),
    ("zsh-completion", "completions/_thresh"),
    ("fish-completion", "completions/thresh.fish"),
]
