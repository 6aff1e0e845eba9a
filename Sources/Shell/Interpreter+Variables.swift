import Bytes
import Platform
import Syntax

/// Variables: reading, assigning, the ones that the shell itself watches or computes.
extension Interpreter {
    /// The value, nil if the variable is unset.
    @inline(__always)
    func value(_ id: NameID) -> Bytes? {
        let variable = context.variables[own: id]
        if !variable.attributes.isDisjoint(with: .readSlowly) { return valueSlow(id) }
        return variable.isSet ? variable.value : nil
    }

    /// The value by name, nil if the variable is unset.
    package func variable(_ name: Bytes) -> Bytes? {
        guard let id = NameTable.lookup(name) else { return nil }
        return value(id)
    }

    /// Assigns; false, with the message printed, if the variable is readonly.
    package func assign(_ name: Bytes, _ value: Bytes) -> Bool {
        set(NameTable.intern(name), value)
    }

    /// Whether to assign to the variable is no more than to store a value.
    @inline(__always)
    package func isAssignedPlainly(_ id: NameID) -> Bool {
        context.variables[id].attributes.isDisjoint(with: .assignedSlowly) && !has(.allexport)
    }

    /// Assigns by the name's number; false, with the message printed, if the variable is readonly.
    @inline(__always)
    package func assign(_ id: NameID, _ value: Bytes) -> Bool { set(id, value) }

    /// Whether the variable can't be assigned to.
    package func isReadonly(_ name: Bytes) -> Bool {
        guard let id = NameTable.lookup(name) else { return false }
        let attributes = context.variables[id].attributes
        return attributes.contains(.readonly) && !attributes.contains([.reference, .isSet])
    }

    /// Assigns and exports; for the variables of a job.
    package func assign(_ name: Bytes, _ value: Bytes, export: Bool) {
        let id = NameTable.intern(name)
        guard set(id, value), export else { return }
        context.variables[id].attributes.insert(.exported)
        context.environment = nil
    }

    @inline(__always)
    func set(_ id: NameID, _ value: Bytes) -> Bool {
        let attributes = context.variables[own: id].attributes
        if attributes.isDisjoint(with: .assignedSlowly) && !has(.allexport) {
            context.variables[own: id].value = value
            context.variables[own: id].attributes.insert(.isSet)
            return true
        }
        return setSlow(id, value)
    }

    /// Assigns what `for` has next: a reference is told what it refers to.
    @inline(__always)
    func setLoopVariable(_ id: NameID, _ value: Bytes) -> Bool {
        if context.variables[own: id].attributes.isDisjoint(with: [.reference, .shared]) { return set(id, value) }
        return context.variables.attributes(id).contains(.reference) ? refer(id, to: value) : set(id, value)
    }

    @inline(never)
    private func setSlow(_ id: NameID, _ value: Bytes) -> Bool {
        if let number = context.variables.sharedNumber(id), !has(.allexport),
            context.arrays.shared?.assign(number, value) ?? false
        {
            return true
        }
        let attributes = context.variables.attributes(id)
        // What a readonly reference means is assigned to; only the reference stays.
        if attributes.contains(.readonly), !attributes.contains([.reference, .isSet]) {
            reportReadonly(id)
            return false
        }
        if !attributes.isDisjoint(with: .assignedBeyondPosix) { return setBeyondPosix(id, value, attributes) }
        return store(id, value)
    }

    /// Writes to the slot of a scalar that may be changed, and sees to what follows from it.
    func store(_ id: NameID, _ value: Bytes) -> Bool {
        let attributes = context.variables.attributes(id)
        let added: Variable.Attributes = has(.allexport) ? [.isSet, .exported] : .isSet
        context.variables[id].assign(value, added)
        if attributes.union(added).contains(.exported) { context.environment = nil }
        if attributes.contains(.computed) {
            setComputed(id, value)
        } else if attributes.contains(.watched) {
            watchedChanged(id)
            if context.share != nil { tellOfWatched(id) }
        }
        return true
    }

    /// Unsets a variable; false, with the message printed, if it is readonly.
    package func unset(_ name: Bytes) -> Bool {
        guard let id = NameTable.lookup(name) else { return true }
        return unset(id)
    }

    func unset(_ id: NameID) -> Bool {
        let attributes = context.variables.attributes(id)
        if attributes.contains(.readonly) {
            reportReadonly(id)
            return false
        }
        if let number = context.variables.sharedNumber(id) {
            context.arrays.shared?.clear(number)
        } else {
            if !attributes.isDisjoint(with: .anyArray) { dropElements(id) }
            context.variables[id].value = Bytes()
            context.variables[id].attributes = attributes.intersection(.ofTheName)
        }
        if attributes.contains(.exported) { context.environment = nil }
        if attributes.contains(.watched) {
            watchedChanged(id)
            if context.share != nil { tellOfWatched(id) }
        }
        return true
    }

    /// Puts a saved variable back, whatever it is now: the end of a function or of a temporary assignment.
    func restore(_ id: NameID, _ saved: Variable) {
        let now = context.variables[own: id].attributes
        if now.union(saved.attributes).contains(.shared) { return restoreShared(id, saved) }
        if !now.isDisjoint(with: .anyArray) { dropElements(id) }
        context.variables[own: id] = saved
        if !now.union(saved.attributes).isDisjoint(with: .exported) { context.environment = nil }
        if saved.attributes.contains(.watched) { watchedChanged(id) }
    }

    /// Where one of the two is only a mark.
    @inline(never)
    private func restoreShared(_ id: NameID, _ saved: Variable) {
        let now = context.variables.attributes(id)
        if let number = context.variables.sharedNumber(id) {
            context.arrays.shared?.releaseCell(number)
        } else if !now.isDisjoint(with: .anyArray) {
            dropElements(id)
        }
        context.variables[own: id] = saved
        let attributes = context.variables.attributes(id)
        // The others' environment is not concerned.
        if !now.union(attributes).isDisjoint(with: .exported) { context.forgetOwnEnvironment() }
        if attributes.contains(.watched) { watchedChanged(id) }
    }

    /// Acts on a change of a variable that the shell itself uses.
    func watchedChanged(_ id: NameID) {
        switch id {
        case NameTable.ifs:
            setSeparators(value(id))
        case NameTable.path:
            context.commandPaths.removeAll()
            context.commandUses.removeAll()
        case NameTable.optind:
            context.getoptsPlace = 0
        case NameTable.lang, NameTable.lcAll, NameTable.lcCtype:
            updateEncoding()
        case NameTable.bashXtracefd:
            let number = value(id)?.decimal.flatMap { context.descriptors[$0] == nil ? nil : $0 }
            if let old = context.traceDescriptor, value(id)?.isEmpty ?? true { context.descriptors[old] = nil }
            context.traceDescriptor = number
        case NameTable.posixlyCorrect:
            if value(id) != nil { context.options.insert(.posix) } else { context.options.remove(.posix) }
            synchronize()
        case NameTable.funcnest:
            let limit = value(id)?.decimal ?? 0
            functionLimit = limit > 0 ? limit : Int.max
        case NameTable.globignore:
            let value = value(id)
            ignoredNames = IgnoredNames(value, encoding: encoding, hasGroups: has(ShoptOptions.extglob))
            if ignoredNames != nil { context.shopt.insert(.dotglob) }
            if value == nil { context.shopt.remove(.dotglob) }
        default:
            break
        }
    }

    /// `IFS=: read …` changes IFS and changes it back: what it was before is kept.
    private func setSeparators(_ ifs: Bytes?) {
        func isRight(_ separators: FieldSeparators) -> Bool {
            separators.ifs == ifs && separators.encoding == encoding
        }
        if isRight(separators) { return }
        let former = formerSeparators
        formerSeparators = separators
        separators = isRight(former) ? former : FieldSeparators(ifs: ifs, encoding: encoding)
    }

    /// The encoding that LC_ALL, LC_CTYPE and LANG ask for.
    func updateEncoding() {
        var locale = Bytes()
        for id in [NameTable.lcAll, NameTable.lcCtype, NameTable.lang] {
            if let value = value(id), !value.isEmpty {
                locale = value
                break
            }
        }
        let old = encoding
        encoding =
            locale.find("UTF-8") != nil || locale.find("utf8") != nil || locale.find("UTF8") != nil ? .utf8 : .bytes
        if encoding != old, !separators.isDefault {
            setSeparators(value(NameTable.ifs))
        }
    }

    // MARK: Environment

    /// Takes the variables, and the functions that bash has exported, from the environment that the process was given.
    func importEnvironment(_ environment: [Bytes]) {
        for id in [
            NameTable.ifs, NameTable.path, NameTable.optind, NameTable.lang, NameTable.lcAll, NameTable.lcCtype,
            NameTable.funcnest, NameTable.globignore, NameTable.posixlyCorrect, NameTable.bashXtracefd,
        ] { context.variables[id].attributes.insert(.watched) }
        // What a command of one thread leaves there is not for the others.
        for id in Interpreter.threadLocalResults {
            context.variables[id].attributes.insert(.threadLocal)
        }
        declareDynamicVariables()
        for entry in environment {
            guard let equals = entry.find(UInt8(ascii: "=")) else { continue }
            let name = entry[0..<equals]
            if Names.isName(name) {
                let id = NameTable.intern(name)
                if id == NameTable.ifs || id == NameTable.optind || id == NameTable.ppid { continue }
                // What tells of the shell does not come from outside.
                if context.variables.attributes(id).contains(.readonly) { continue }
                if context.variables.attributes(id).contains(.computed),
                    importComputed(id, entry[(equals + 1)..<entry.count])
                {
                    continue
                }
                context.variables[id].value = entry[(equals + 1)..<entry.count]
                context.variables[id].attributes.formUnion([.isSet, .exported])
                context.variables[id].attributes.subtract([.computed, .indexed, .associative])
                if id == NameTable.funcnest || id == NameTable.globignore { watchedChanged(id) }
            } else {
                if name.hasPrefix("BASH_FUNC_"), name.hasSuffix("%%"),
                    importFunction(name[10..<(name.count - 2)], entry[(equals + 1)..<entry.count])
                {
                    continue
                }
                foreignEnvironment.append(entry)
            }
        }
        _ = set(NameTable.ifs, " \t\n")
        _ = set(NameTable.optind, "1")
        if value(NameTable.ps2) == nil { _ = set(NameTable.ps2, "> ") }
        if value(NameTable.ps4) == nil { _ = set(NameTable.ps4, "+ ") }
        let level = value(NameTable.shlvl)?.decimal ?? 0
        _ = set(NameTable.shlvl, Bytes(decimal: level < 0 || level > 999 ? 1 : level + 1))
        context.variables[NameTable.shlvl].attributes.insert(.exported)
        _ = set(NameTable.ppid, Bytes(decimal: System.parentProcessID))
        context.variables[NameTable.ppid].attributes.formUnion([.integer, .readonly])
        if value(NameTable.opterr) == nil { _ = set(NameTable.opterr, "1") }
        if value(NameTable.path) == nil {
            _ = set(NameTable.path, "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
        }
        updateEncoding()
        importWorkingDirectory()
        random.seed(UInt32(truncatingIfNeeded: Clock.monotonicNanoseconds()) ^ UInt32(bitPattern: shellProcess), 0)
    }

    /// PWD of the environment holds if it is an absolute path of the working directory with no `.` or `..` (2.5.3).
    private func importWorkingDirectory() {
        var path = context.workingDirectory.path
        if let pwd = value(NameTable.pwd), pwd.first == UInt8(ascii: "/"),
            !pwd.split(on: UInt8(ascii: "/")).contains(where: { $0 == "." || $0 == ".." }),
            let named = try? System.status(pwd), let here = try? System.status("."),
            named.device == here.device, named.inode == here.inode
        {
            path = pwd
        }
        if path != context.workingDirectory.path {
            context.workingDirectory = WorkingDirectory(ofProcess: path)
        }
        _ = set(NameTable.pwd, path)
        context.variables[NameTable.pwd].attributes.insert(.exported)
        context.variables[NameTable.oldpwd].attributes.insert(.exported)
    }

    private func importFunction(_ name: Bytes, _ body: Bytes) -> Bool {
        var source = name
        source.append(" ")
        source.append(body)
        guard let list = try? Parser.parse(source), list.items.count == 1,
            case .function(let definition) = list.items[0].first.commands[0]
        else { return false }
        define(definition, sourceName: "environment")
        context.functionAttributes[NameTable.intern(name)] = .exported
        return true
    }

    func define(_ definition: FunctionDefinition, sourceName: Bytes) {
        let body = Preparation.functionBody(definition)
        context.functions[NameTable.intern(definition.name)] = Function(
            definition: definition, body: body, sourceName: sourceName)
    }

    /// The environment block for children: exported variables that are set.
    var environment: EnvironmentBlock {
        guard jobSequence > 0 else { return exportedEnvironment }
        let sequence = Bytes(decimal: jobSequence)
        let slot = Bytes(decimal: jobSlot)
        return EnvironmentBlock(
            exportedEnvironment,
            appending: [
                "THRESH_SEQ=" + sequence, "THRESH_SLOT=" + slot, "PARALLEL_SEQ=" + sequence, "PARALLEL_JOBSLOT=" + slot,
            ])
    }

    /// What the environment of a child takes of the kernel's limit for arguments, in bytes.
    package var environmentSize: Int {
        let block = environment
        return block.textSize + (block.count + 1) * MemoryLayout<Int>.size
    }

    private var exportedEnvironment: EnvironmentBlock {
        if let block = context.environment { return block }
        // What others change while it is made is missed in it, and found by the version.
        if let share = context.share { share.environmentVersion = share.sharing.environmentVersion }
        var entries = foreignEnvironment
        context.variables.forEach { id, variable in
            // `_` is that of each child (`Launch.namesProgram`).
            guard variable.attributes.contains(.exported), variable.isSet, id != NameTable.underscore,
                variable.attributes.isDisjoint(with: [.indexed, .associative, .reference])
            else { return }
            var entry = NameTable.name(of: id)
            entry.append("=")
            entry.append(variable.attributes.contains(.computed) ? value(id) ?? Bytes() : variable.value)
            entries.append(entry)
        }
        for (id, attributes) in context.functionAttributes where attributes.contains(.exported) {
            guard let function = context.functions[id] else { continue }
            let name = function.definition.name
            let source = Printer.source(of: .function(function.definition))
            entries.append("BASH_FUNC_" + name + "%%=" + source.dropFirst(name.count))
        }
        let block = EnvironmentBlock(entries)
        context.environment = block
        return block
    }
}

extension Interpreter {
    /// Sets the file mode creation mask of the context; the main interpreter's is the process's too.
    package func setCreationMask(_ mask: UInt16) {
        context.umask = mask
        if isMain { _ = System.setCreationMask(mask) }
    }
}
