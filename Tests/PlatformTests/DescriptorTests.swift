import Bytes
import Glibc
import Platform
import Testing

extension PlatformTests {
    @Suite struct DescriptorTests {
        /// What the child has open of our files, by descriptor. It lists itself, so that no shell stands between.
        private func descriptors(of launch: Launch) throws -> [Int32: Bytes] {
            var found: [Int32: Bytes] = [:]
            for line in try run(launch).lines {
                let parts = line.split(on: UInt8(ascii: " "))
                guard parts.count >= 2, parts[1].hasPrefix("/memfd:map"), let number = parts[0].decimal else {
                    continue
                }
                found[Int32(number)] = parts[1].suffix(from: 7)
            }
            return found
        }

        private var lister: Launch {
            Launch(
                path: "/usr/bin/find", arguments: ["find", "/proc/self/fd/", "-printf", "%f %l\\n"],
                environment: testEnvironment)
        }

        @Test func randomMapsComeOutAsAsked() throws {
            var generator = SystemRandomNumberGenerator()
            for round in 0..<60 {
                // Files at numbers of their own choice, so that sources and targets overlap.
                var files: [Int32: Bytes] = [:]
                for index in 0..<Int.random(in: 1...8, using: &generator) {
                    let name: Bytes = "map" + Bytes(decimal: index)
                    let fd = try System.memoryFile(name)
                    let moved = try System.duplicate(fd, atLeast: Int32.random(in: 100...112, using: &generator))
                    System.close(fd)
                    files[moved] = name
                }
                defer { for fd in files.keys { System.close(fd) } }
                let sources = Array(files.keys)
                var map: [Int32: Int32] = [:]
                for _ in 0..<Int.random(in: 1...14, using: &generator) {
                    let target = Int32.random(in: 100...118, using: &generator)
                    map[target] = Int.random(in: 0..<10) == 0 ? -1 : sources.randomElement(using: &generator)
                }
                var launch = lister
                for (target, source) in map { launch.descriptors.append((target, source)) }
                launch.descriptors.shuffle(using: &generator)
                let asked = launch.descriptors
                var expected: [Int32: Bytes] = [:]
                for (target, source) in map { expected[target] = source >= 0 ? files[source] : nil }
                #expect(try descriptors(of: launch) == expected, "round \(round): \(asked) of \(files)")
            }
        }

        @Test func swapNearTheLimitOfNumbers() throws {
            // Both numbers are the highest there are: what is set aside must go below.
            let limit = try System.resourceLimit(Resource.descriptors)
            defer { try? System.setResourceLimit(Resource.descriptors, limit) }
            try System.setResourceLimit(Resource.descriptors, ResourceLimit(soft: 256, hard: limit.hard))
            var ends: [Int32] = []
            for (name, number): (Bytes, Int32) in [("map0", 254), ("map1", 255)] {
                let fd = try System.memoryFile(name)
                defer { System.close(fd) }
                ends.append(try System.duplicate(fd, atLeast: number))
            }
            defer { for fd in ends { System.close(fd) } }
            #expect(ends == [254, 255])
            var launch = lister
            launch.descriptors = [(254, 255), (255, 254)]
            #expect(try descriptors(of: launch) == [254: "map1", 255: "map0"])
        }

        @Test func nothingElseIsInherited() throws {
            let fd = try System.memoryFile("map0")
            defer { System.close(fd) }
            #expect(try descriptors(of: lister).isEmpty)
            #expect(System.isOpen(fd) && !System.isOpenAndInherited(fd))
            var launch = lister
            launch.descriptors = [(fd, fd)]
            #expect(try descriptors(of: launch) == [fd: "map0"])
            #expect(!System.isOpenAndInherited(fd))
        }

        @Test func aLowLimitDoesNotForbidDescriptorsThatAreOpen() throws {
            let fd = try System.memoryFile("map0")
            defer { System.close(fd) }
            var launch = lister
            launch.descriptors = [(40, fd)]
            launch.limits = [(Resource.descriptors, 20, 20)]
            #expect(try descriptors(of: launch) == [40: "map0"])
        }
    }
}
