import Bytes

extension Builtin {
    static let `true` = Builtin(
        name: "true", kind: .regular, synopsis: "true",
        summary: "Do nothing, successfully.",
        details: "Operands are ignored."
    ) { _, _ in 0 }

    static let `false` = Builtin(
        name: "false", kind: .regular, synopsis: "false",
        summary: "Do nothing, with status 1.",
        details: "Operands are ignored."
    ) { _, _ in 1 }
}
