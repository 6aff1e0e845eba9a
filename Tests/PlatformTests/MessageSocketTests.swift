import Bytes
import Glibc
import Platform
import Testing

extension PlatformTests {
    @Suite struct MessageSocketTests {
        private func withPair(_ body: (Int32, Int32) throws -> Void) throws {
            let pair = try MessageSocket.pair()
            defer {
                System.close(pair.0)
                System.close(pair.1)
            }
            try body(pair.0, pair.1)
        }

        @Test func messagesKeepTheirBoundaries() throws {
            try withPair { (first, second) in
                let sizes = [0, 1, 32 << 10, 32 << 10 + 1, 1_000_000, 3]
                for (index, size) in sizes.enumerated() {
                    let message = Bytes(repeating: UInt8(index), count: size)
                    try MessageSocket.send(MessageSocket.Parcel(message), on: second)
                    #expect(MessageSocket.prospect(of: first) == .something)
                    #expect(try MessageSocket.receive(on: first) == message)
                }
                #expect(MessageSocket.prospect(of: first) == .nothing)
                #expect(throws: Errno.wouldBlock) { try MessageSocket.receive(on: first) }
            }
        }

        @Test func theEndComesWhenTheOtherSideIsClosed() throws {
            let pair = try MessageSocket.pair()
            defer { System.close(pair.0) }
            let copy = try System.duplicate(pair.1)
            try MessageSocket.send(MessageSocket.Parcel("last"), on: pair.1)
            System.close(pair.1)
            #expect(try MessageSocket.receive(on: pair.0) == "last")
            #expect(MessageSocket.prospect(of: pair.0) == .nothing)
            System.close(copy)
            #expect(MessageSocket.prospect(of: pair.0) == .end)
            #expect(try MessageSocket.receive(on: pair.0) == nil)
            #expect(throws: Errno.brokenPipe) { try MessageSocket.send(MessageSocket.Parcel("x"), on: pair.0) }
        }

        @Test func aFullOneTakesNoMore() throws {
            try withPair { (first, second) in
                let message = Bytes(repeating: UInt8(ascii: "x"), count: 10_000)
                var sent = 0
                while sent < 10_000, (try? MessageSocket.send(MessageSocket.Parcel(message), on: second)) != nil {
                    sent += 1
                }
                #expect(sent > 1 && sent < 10_000)
                for _ in 0..<sent {
                    let received = try MessageSocket.receive(on: first)
                    #expect(received == message)
                }
            }
        }

        /// What is received through threads that race for it comes once and whole.
        @Test func manyMaySendAndReceive() throws {
            try withPair { (first, second) in
                let received = Mutex<[Bytes]>([])
                let ended = try [System.event(), System.event(), System.event(), System.event()]
                defer { for event in ended { System.close(event) } }
                for sender in 0..<2 {
                    let event = ended[sender]
                    try Threads.run {
                        for number in 0..<500 {
                            let text = Bytes(decimal: sender * 1000 + number)
                            let message = text + Bytes(repeating: 0, count: number % 3 == 0 ? 40_000 : 10)
                            while (try? MessageSocket.send(MessageSocket.Parcel(message), on: second)) == nil {
                                try? System.waitUntilReady(second, Int16(POLLOUT))
                            }
                        }
                        System.raise(event: event)
                    }
                }
                for receiver in 0..<2 {
                    let event = ended[2 + receiver]
                    try Threads.run {
                        while received.withLock({ $0.count }) < 1000 {
                            guard let message = try? MessageSocket.receive(on: first) else {
                                var one = [pollfd(fd: first, events: Int16(POLLIN), revents: 0)]
                                _ = try? System.poll(&one, timeoutMilliseconds: 20)
                                continue
                            }
                            received.withLock { $0.append(message.split(on: 0).first ?? "") }
                        }
                        System.raise(event: event)
                    }
                }
                for event in ended { try System.waitUntilReady(event, Int16(POLLIN)) }
                let numbers = received.withLock { $0.compactMap(\.decimal) }.sorted()
                #expect(numbers == Array(0..<500) + Array(1000..<1500))
            }
        }
    }
}
