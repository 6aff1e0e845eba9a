// Variables beyond POSIX: arrays, references to other variables, and values that are converted when they are assigned.
//
// The slots of plain variables are read and written in Interpreter+Variables.swift; what comes here has one of the
// attributes that make a variable more than its slot.

import Bytes
import Syntax

/// A subscript whose meaning is known.
enum ElementKey {
    /// The number of an indexed array's element; a negative one counts from the end.
    case index(Int)
    case key(Bytes)
}

/// What a name stands for, once references have been followed.
enum VariableTarget {
    case variable(NameID)
    /// An element, by its subscript as text; the names of all elements are `@` and `*`.
    case element(NameID, Bytes)
}

extension Interpreter {
    // MARK: Reading

    /// The value of a variable whose slot does not hold it.
    @inline(never)
    func valueSlow(_ id: NameID) -> Bytes? {
        let variable = context.variables[id]
        if variable.attributes.contains(.reference) {
            switch target(of: id) {
            case .variable(let target):
                return target == id ? withOuterVariable(id) { $0.value(id) } ?? nil : value(target)
            case .element(let target, let text):
                if text == "@" || text == "*" {
                    let elements = elements(target)
                    return elements.isEmpty ? nil : join(elements, isStar: text == "*")
                }
                guard let key = try? key(text, of: target) else { return nil }
                return element(target, key)
            case nil: return nil
            }
        }
        if variable.attributes.isDisjoint(with: .readSlowly) { return variable.isSet ? variable.value : nil }
        if variable.attributes.contains(.associative) { return context.arrays.element(variable.array, "0") }
        if variable.attributes.contains(.computed) {
            return variable.attributes.contains(.indexed) ? computedArray(id)?[0] : computedValue(id)
        }
        return context.arrays.element(variable.array, 0)
    }

    func isArray(_ id: NameID) -> Bool { !context.variables.attributes(id).isDisjoint(with: .anyArray) }

    func isAssociative(_ id: NameID) -> Bool { context.variables.attributes(id).contains(.associative) }

    /// The elements of an indexed array; a set scalar is one with an element 0. Nil for other variables.
    func indexedArray(_ id: NameID) -> IndexedArray? {
        let variable = context.variables[id]
        if variable.attributes.contains(.indexed) {
            if variable.attributes.contains(.computed) { return computedArray(id) }
            return context.arrays.indexed(variable.array)
        }
        if variable.attributes.contains(.reference), let array = withOuterVariable(id, { $0.indexedArray(id) }) {
            return array
        }
        guard !variable.attributes.contains(.associative), let value = value(id) else { return nil }
        return IndexedArray([value])
    }

    func associativeArray(_ id: NameID) -> AssociativeArray? {
        let variable = context.variables[id]
        if variable.attributes.contains(.computed) { return computedAssociativeArray(id) }
        return context.arrays.associative(variable.array)
    }

    /// The value of an element; nil if there is none.
    func element(_ id: NameID, _ key: ElementKey) -> Bytes? {
        let variable = context.variables.head(id)
        let isStored = !variable.attributes.contains(.computed)
        switch key {
        case .key(let key):
            guard !key.isEmpty else {
                report(NameTable.name(of: id) + ": bad array subscript")
                return nil
            }
            if isStored { return context.arrays.element(variable.array, key) }
            return associativeArray(id)?[key]
        case .index(var index):
            if index >= 0, isStored, variable.attributes.contains(.indexed) {
                return context.arrays.element(variable.array, index)
            }
            guard let array = indexedArray(id) else { return nil }
            if index < 0 {
                index = index &+ array.end
                guard index >= 0 else {
                    report(NameTable.name(of: id) + ": bad array subscript")
                    return nil
                }
            }
            return array[index]
        }
    }

    /// The values of an array, or the one of another variable; none if it is unset.
    package func elements(ofVariable name: Bytes) -> [Bytes] {
        guard let id = NameTable.lookup(name) else { return [] }
        return isArray(id) ? elements(id) : value(id).map { [$0] } ?? []
    }

    func elements(_ id: NameID) -> [Bytes] {
        if isAssociative(id) { return associativeArray(id)?.elements.map(\.value) ?? [] }
        return indexedArray(id)?.values ?? []
    }

    /// The subscripts of all elements, as text.
    func keys(_ id: NameID) -> [Bytes] {
        if isAssociative(id) { return associativeArray(id)?.elements.map(\.key) ?? [] }
        return indexedArray(id)?.allIndices.map { Bytes(decimal: $0) } ?? []
    }

    func elementCount(_ id: NameID) -> Int {
        let variable = context.variables.head(id)
        if !variable.attributes.isDisjoint(with: .anyArray), !variable.attributes.contains(.computed) {
            return context.arrays.count(variable.array)
        }
        return isAssociative(id) ? associativeArray(id)?.count ?? 0 : indexedArray(id)?.count ?? 0
    }

    // MARK: Assigning

    func reportReadonly(_ id: NameID) { report(NameTable.name(of: id) + ": is read only") }

    /// Assigns to a variable that is an array or a reference, or that converts what it is given.
    @inline(never)
    func setBeyondPosix(_ id: NameID, _ value: Bytes, _ attributes: Variable.Attributes) -> Bool {
        if attributes.contains(.reference) {
            // One that refers to nothing yet is told to what.
            guard attributes.contains(.isSet) else { return refer(id, to: value) }
            switch target(of: id) {
            case .variable(let target):
                return target == id ? withOuterVariable(id) { $0.set(id, value) } ?? false : set(target, value)
            case .element(let target, let text):
                guard let key = try? key(text, of: target) else { return false }
                return setElement(target, key, value)
            case nil: return false
            }
        }
        if attributes.contains(.associative) { return setElement(id, .key("0"), value) }
        if attributes.contains(.indexed) {
            if attributes.contains(.computed) { return true }
            return setElement(id, .index(0), value)
        }
        guard let converted = converted(value, attributes) else { return false }
        return store(id, converted)
    }

    /// What a variable with such attributes makes of a value; nil, with the message printed, if it is no expression.
    func converted(_ value: Bytes, _ attributes: Variable.Attributes) -> Bytes? {
        if attributes.contains(.integer) { return evaluateArithmetic(value).map { Bytes(decimal: $0) } }
        if attributes.contains(.uppercase) { return CaseMapping.change(value, .upperAll, encoding) }
        if attributes.contains(.lowercase) { return CaseMapping.change(value, .lowerAll, encoding) }
        if attributes.contains(.capitalized) {
            return CaseMapping.change(CaseMapping.change(value, .lowerAll, encoding), .upperFirst, encoding)
        }
        return value
    }

    /// The value that `+=` gives a variable: text joined, numbers added.
    func appended(_ id: NameID, _ value: Bytes) -> Bytes? {
        var owner = id
        if context.variables.attributes(id).contains(.reference), case .variable(let target) = target(of: id) {
            owner = target
        }
        let old = self.value(owner) ?? Bytes()
        return context.variables.attributes(owner).contains(.integer) ? sum(old, value) : old + value
    }

    private func sum(_ a: Bytes, _ b: Bytes) -> Bytes? {
        guard let x = evaluateArithmetic(a), let y = evaluateArithmetic(b) else { return nil }
        return Bytes(decimal: x &+ y)
    }

    /// Elements would follow after the highest index that there is.
    func reportNoIndexLeft(_ id: NameID) {
        report(NameTable.name(of: id) + ": bad array subscript: no index is left after the last element")
    }

    /// Assigns to an element, of an array that comes into being with it if need be; false with the message printed.
    func setElement(_ id: NameID, _ key: ElementKey, _ value: Bytes, isAppending: Bool = false) -> Bool {
        if let isDone = withOuterVariable(id, { $0.setElement(id, key, value, isAppending: isAppending) }) {
            return isDone
        }
        if context.variables.attributes(id).contains(.computed), setComputedElement(id, key, value) { return true }
        if case .key(let key) = key, key.isEmpty {
            report(NameTable.name(of: id) + "[]: bad array subscript")
            return false
        }
        if let number = context.variables.sharedNumber(id) {
            return setSharedElement(id, number, key, value, isAppending: isAppending)
        }
        guard makeArray(id, isAssociative: isAssociative(id)) else { return false }
        let variable = context.variables.head(id)
        let isConverting = !variable.attributes.isDisjoint(with: .convertsCase.union(.integer))
        var place = 0
        if case .index(let index) = key {
            place = index
            if index < 0 {
                place = index &+ context.arrays.end(variable.array)
                guard place >= 0 else {
                    report(NameTable.name(of: id) + "[" + Bytes(decimal: index) + "]: bad array subscript")
                    return false
                }
            }
        }
        var value = value
        var appends = isAppending
        if isConverting {
            if isAppending, let old = element(id, key) {
                guard let joined = variable.attributes.contains(.integer) ? sum(old, value) : old + value else {
                    return false
                }
                value = joined
            }
            appends = false
            guard let converted = converted(value, variable.attributes) else { return false }
            value = converted
        }
        switch key {
        case .index:
            context.arrays.modifyIndexed(variable.array) {
                if appends { $0.append(place, value) } else { $0.set(place, value) }
            }
        case .key(let key):
            context.arrays.modifyAssociative(variable.array) {
                if appends { $0.append(key, value) } else { $0.set(key, value) }
            }
        }
        context.variables[id].attributes.insert(.isSet)
        return true
    }

    /// The same for a variable that threads share: the element, and that the variable is an array, change at once.
    @inline(never)
    private func setSharedElement(
        _ id: NameID, _ number: Int, _ key: ElementKey, _ value: Bytes, isAppending: Bool
    ) -> Bool {
        guard let shared = context.arrays.shared else { return false }
        while true {
            let isKey = if case .key = key { true } else { false }
            var attributes = context.variables.attributes(id)
            if !attributes.isDisjoint(with: [.readonly, .computed, .reference])
                || isKey != attributes.contains(.associative)
            {
                guard makeArray(id, isAssociative: isKey) else { return false }
                attributes = context.variables.attributes(id)
                if isKey != attributes.contains(.associative) { continue }
            }
            var text = value
            var appends = isAppending
            if !attributes.isDisjoint(with: .convertsCase.union(.integer)) {
                appends = false
                if isAppending, let old = element(id, key) {
                    guard let joined = attributes.contains(.integer) ? sum(old, value) : old + value else {
                        return false
                    }
                    text = joined
                }
                guard let converted = converted(text, attributes) else { return false }
                text = converted
            }
            switch shared.setElement(number, key, text, isAppending: appends, expecting: attributes) {
            case .done:
                if attributes.contains(.exported), attributes.isDisjoint(with: .anyArray) { context.environment = nil }
                return true
            case .changed: continue
            case .badSubscript:
                if case .index(let index) = key {
                    report(NameTable.name(of: id) + "[" + Bytes(decimal: index) + "]: bad array subscript")
                }
                return false
            }
        }
    }

    /// Sees to it that the variable is an array that may be changed; a scalar's value becomes its first element. False, with
    /// the message printed, if it may not be.
    func makeArray(_ id: NameID, isAssociative: Bool) -> Bool {
        let attributes = context.variables.attributes(id)
        if attributes.contains(.readonly) {
            reportReadonly(id)
            return false
        }
        if !attributes.isDisjoint(with: .anyArray) {
            if attributes.contains(.computed) {
                context.variables[id].attributes.remove(.computed)
                context.variables[id].array = 0
            }
            guard isAssociative == attributes.contains(.associative) else {
                report(
                    NameTable.name(of: id)
                        + (isAssociative
                            ? ": cannot convert an indexed to an associative array"
                            : ": cannot convert an associative to an indexed array"))
                return false
            }
            if let number = context.variables.sharedNumber(id) {
                context.arrays.shared?.withSlot(number) {
                    $0.becomeArray(isAssociative ? .associative : .indexed, number)
                }
            } else if context.variables[id].array == 0 {
                context.variables[id].array =
                    isAssociative ? context.arrays.add(AssociativeArray()) : context.arrays.add(IndexedArray())
            }
            return true
        }
        if attributes.contains(.reference) {
            // One that refers to nothing becomes what it is used as.
            context.variables[id].attributes.remove([.reference, .isSet])
            context.variables[id].value = Bytes()
        }
        if let number = context.variables.sharedNumber(id) {
            context.arrays.shared?.withSlot(number) {
                $0.variable.attributes.remove(.computed)
                // Another thread may have made it the other kind meanwhile.
                if $0.variable.attributes.isDisjoint(with: .anyArray) {
                    $0.becomeArray(isAssociative ? .associative : .indexed, number)
                }
            }
            if attributes.contains(.exported) { context.environment = nil }
            return true
        }
        let old = value(id)
        context.variables[id].attributes.remove([.computed])
        if isAssociative {
            var array = AssociativeArray()
            if let old { array.set("0", old) }
            context.variables[id].array = context.arrays.add(array)
        } else {
            context.variables[id].array = context.arrays.add(IndexedArray(old.map { [$0] } ?? []))
        }
        context.variables[id].value = Bytes()
        context.variables[id].attributes.insert(isAssociative ? .associative : .indexed)
        if attributes.contains(.exported) { context.environment = nil }
        return true
    }

    /// Makes the variable an indexed array of just these elements; false, with the message printed, if it may not be.
    func setArray(_ name: Bytes, _ values: [Bytes]) -> Bool {
        guard case .variable(let id) = target(of: NameTable.intern(name)) else { return false }
        return setArray(id, IndexedArray(values))
    }

    func setArray(_ id: NameID, _ array: IndexedArray) -> Bool {
        guard makeArray(id, isAssociative: false) else { return false }
        modifyIndexed(id) { $0 = array }
        return true
    }

    /// Changes an indexed array; its variable is set then.
    func modifyIndexed(_ id: NameID, _ body: (inout IndexedArray) -> Void) {
        if let number = context.variables.sharedNumber(id), let shared = context.arrays.shared {
            _ = shared.modifyIndexed(number, body)
            return
        }
        context.arrays.modifyIndexed(context.variables[id].array, body)
        context.variables[id].attributes.insert(.isSet)
    }

    func unsetElement(_ id: NameID, _ key: ElementKey) -> Bool {
        if context.variables.attributes(id).contains(.readonly) {
            reportReadonly(id)
            return false
        }
        let number = context.variables[id].array
        switch key {
        case .key(let key):
            guard !key.isEmpty else {
                report("[]: bad array subscript")
                return false
            }
            context.arrays.modifyAssociative(number) { $0.remove(key) }
        case .index(var index):
            if !isArray(id) {
                // A scalar's only element is the scalar.
                guard index == 0 else {
                    report(NameTable.name(of: id) + ": is no array")
                    return false
                }
                return unset(id)
            }
            if index < 0 {
                let end = context.arrays.end(number)
                guard index &+ end >= 0 else {
                    report("[" + Bytes(decimal: index) + "]: bad array subscript")
                    return false
                }
                index = index &+ end
            }
            context.arrays.modifyIndexed(number) { $0.remove(index) }
        }
        return true
    }

    /// Gives up the elements of an array that is unset or goes out of scope.
    func dropElements(_ id: NameID) {
        if let number = context.variables.sharedNumber(id) {
            context.arrays.shared?.dropElements(number)
            return
        }
        context.arrays.remove(context.variables[id].array)
        context.variables[id].array = 0
    }

    /// Gives the name a variable of its own, with nothing but what belongs to the name; what it was, to be restored later.
    func hide(_ id: NameID) -> Variable {
        let saved = context.variables[own: id]
        let attributes = saved.attributes.contains(.shared) ? context.variables[id].attributes : saved.attributes
        context.variables[own: id] = Variable(attributes.intersection(.ofTheName))
        if attributes.contains(.exported) { context.forgetOwnEnvironment() }
        return saved
    }

    /// Gives the table a copy of its own of a scalar that threads share, to be changed for a while; what the table had.
    func takeOver(_ id: NameID) -> Variable {
        let saved = context.variables[own: id]
        if saved.attributes.contains(.shared) { context.variables[own: id] = context.variables[id] }
        return saved
    }

    // MARK: References

    /// What the variable stands for: itself, or what its references lead to. Nil, with a message, if they lead in a circle.
    func target(of id: NameID) -> VariableTarget? {
        guard context.variables.attributes(id).contains(.reference) else { return .variable(id) }
        var id = id
        for _ in 0..<8 {
            let variable = context.variables[id]
            guard variable.attributes.contains(.reference), variable.isSet else { return .variable(id) }
            if let open = variable.value.find(UInt8(ascii: "[")) {
                let text = variable.value[(open + 1)..<(variable.value.count - 1)]
                return .element(NameTable.intern(variable.value[0..<open]), text)
            }
            let next = NameTable.intern(variable.value)
            if next == id {
                report("warning: " + variable.value + ": circular name reference")
                return .variable(id)
            }
            id = next
        }
        report("warning: " + NameTable.name(of: id) + ": circular name reference")
        return nil
    }

    /// Runs `body` with the variable that the name has outside of all functions in the place of a reference to that very
    /// name: `local -n x=x` means the `x` outside. Nil if the variable is no such reference.
    private func withOuterVariable<Result>(_ id: NameID, _ body: (Interpreter) -> Result) -> Result? {
        guard context.variables.attributes(id).contains([.reference, .isSet]),
            context.variables[id].value == NameTable.name(of: id)
        else { return nil }
        for level in localScopes.indices {
            guard let place = localScopes[level].firstIndex(where: { $0.id == id }) else { continue }
            let own = context.variables[own: id]
            context.variables[own: id] = localScopes[level][place].saved
            defer {
                localScopes[level][place].saved = context.variables[own: id]
                context.variables[own: id] = own
            }
            return body(self)
        }
        return nil
    }

    /// The name that a reference comes to in the end.
    func referredName(_ id: NameID) -> Bytes {
        switch target(of: id) {
        case .variable(let target): target == id ? context.variables[id].value : NameTable.name(of: target)
        case .element(let target, let text): NameTable.name(of: target) + "[" + text + "]"
        case nil: Bytes()
        }
    }

    /// Makes a reference mean `name`, that of a variable or an element; false, with the message printed, if it is neither.
    func refer(_ id: NameID, to name: Bytes) -> Bool {
        if context.variables.attributes(id).contains(.readonly) {
            reportReadonly(id)
            return false
        }
        guard VariableName.isReferable(name) else {
            report(NameTable.name(of: id) + ": " + Quoting.shell(name) + ": not the name of a variable")
            return false
        }
        context.variables[id].assign(name, [.isSet, .reference])
        return true
    }

    /// The key that a subscript's text means to that variable.
    func key(_ text: Bytes, of id: NameID) throws(Unwind) -> ElementKey {
        try SubscriptNode.make(text, self).key(self, of: id)
    }
}
