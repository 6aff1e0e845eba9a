import Bytes
import Platform

/// The virtual descriptors of a context: shell descriptor n means a real descriptor that is close-on-exec, and a child
/// gets exactly what the table says. Copying a table is how redirections are undone.
///
/// A number that the table says nothing of means what the process inherited under that number, if it did.
package struct DescriptorTable: Sendable {
    /// Index: the shell descriptor. Nil: as inherited.
    private var files: ContiguousArray<OpenFile?>

    package init() {
        files = [OpenFile(borrowing: 0), OpenFile(borrowing: 1), OpenFile(borrowing: 2)]
    }

    package subscript(number: Int) -> OpenFile? {
        get {
            if number < files.count, let file = files[number] { return file === OpenFile.closed ? nil : file }
            guard number >= 0, System.isOpenAndInherited(Int32(truncatingIfNeeded: number)) else { return nil }
            return OpenFile(borrowing: Int32(truncatingIfNeeded: number))
        }
        set {
            while number >= files.count { files.append(nil) }
            files[number] = newValue ?? OpenFile.closed
        }
    }

    /// The real descriptor behind shell descriptor `number`; nil if it is closed.
    package func descriptor(_ number: Int) -> Int32? { self[number]?.descriptor }

    /// What a child must be given, for `Launch.descriptors`.
    package func forChild() -> [(target: Int32, source: Int32)] {
        var pairs: [(target: Int32, source: Int32)] = []
        pairs.reserveCapacity(files.count)
        for (number, file) in files.enumerated() {
            guard let file else { continue }
            let source = file.privateNumber == number ? -1 : file.descriptor ?? -1
            pairs.append((Int32(truncatingIfNeeded: number), source))
        }
        return pairs
    }

    /// False if an output in memory that a child is to write to can have no pipe, for want of descriptors.
    var areOpen: Bool { files.allSatisfy { $0 == nil || $0?.memory == nil || $0?.descriptor != nil } }

    /// One past the highest number that the table speaks of.
    package var limit: Int { files.count }

    /// Whether a descriptor refers to the same open file as in another table.
    package func leadsSameWay(as other: DescriptorTable, _ number: Int) -> Bool {
        let mine = number < files.count ? files[number] : nil
        let others = number < other.files.count ? other.files[number] : nil
        if mine === others { return true }
        guard let mine = self[number]?.descriptor, let others = other[number]?.descriptor else { return false }
        return mine == others
    }

    /// Gives every output in memory a pipe, so that another thread may write to it.
    mutating func materialize() {
        for (number, file) in files.enumerated() {
            if let file, file.memory != nil {
                files[number] = file.descriptor.map(OpenFile.init(borrowing:)) ?? .closed
            }
        }
    }
}
