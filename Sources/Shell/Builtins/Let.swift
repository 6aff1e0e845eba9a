import Bytes

extension Builtin {
    static let `let` = Builtin(
        name: "let", kind: .extension, synopsis: "let expression…",
        summary: "Evaluate arithmetic expressions, as (( )) does.",
        details: """
            Each argument is an expression: let 'i += 2' 'j = i * i'. The status is 0 if the last one is not zero, 1 if it is \
            zero or means nothing.
            """,
        examples: "let 'x = 6 * 7' y=x+1",
        completes: .names(.variable),
        run: { (sh, args) throws(Unwind) in
            guard args.count > 1 else { return sh.fail(args[0], "expected an expression") }
            var value: Int64 = 0
            for expression in args[(args[1] == "--" ? 2 : 1)...] {
                guard let result = try sh.tryArithmetic({ (sh) throws(Unwind) in try sh.evaluateText(expression) })
                else {
                    return 1
                }
                value = result
            }
            return value != 0 ? 0 : 1
        })
}

extension Interpreter {
    /// Evaluates where an error is no more than a status: `((…))`, `let`, `[[ ]]`. Nil after an error in the arithmetic,
    /// whose message is printed; other errors go on.
    func tryArithmetic(_ body: (Interpreter) throws(Unwind) -> Int64) throws(Unwind) -> Int64? {
        hasArithmeticFailed = false
        do throws(Unwind) {
            return try body(self)
        } catch {
            guard case .error = error, hasArithmeticFailed else { throw error }
            return nil
        }
    }

    /// An error in an expression: reported, and to be thrown.
    func arithmeticError(_ message: Bytes) -> Unwind {
        let error = expansionError("arithmetic: " + message)
        hasArithmeticFailed = true
        return error
    }

    /// An assignment in an expression to what may not change, of which a message has told.
    func refusedAssignment() -> Unwind {
        context.status = 1
        hasArithmeticFailed = true
        return .error
    }
}
