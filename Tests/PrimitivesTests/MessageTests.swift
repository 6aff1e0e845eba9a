import Bytes
import Testing

@testable import Primitives

@Suite struct MessageTests {
    @Test func requestsComeBackAsTheyWere() {
        let request = Request(thread: "Thread-1", words: ["queue", "put", "q", "", "a b\n1:", Bytes([0xFF, 0x01])])
        let read = Request(request.message)
        #expect(read?.thread == request.thread)
        #expect(read?.words == request.words)
    }

    @Test func repliesComeBackAsTheyWere() {
        let reply = Reply()
        (reply.status, reply.result, reply.messages, reply.output) = (124, "", ["one", "two"], "text\n")
        let read = Reply(reply.message, descriptors: [3])
        #expect(read?.status == 124)
        #expect(read?.result == "")
        #expect(read?.messages == ["one", "two"])
        #expect(read?.output == "text\n")
        #expect(read?.descriptors == [3])
        reply.result = nil
        #expect(Reply(reply.message, descriptors: [])?.result == nil)
    }

    @Test(arguments: ["", "3:ab", "-1:", "1:a2:1", "1:a1:9", "x", "99999999999999999999:a"])
    func damagedMessagesAreRefused(_ text: String) {
        #expect(Request(Bytes(text)) == nil)
        #expect(Reply(Bytes(text), descriptors: []) == nil)
    }
}
