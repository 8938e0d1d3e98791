import MutstreamColumnar
import MutstreamEngine
import Testing

@testable import MutstreamConnectors

@Suite struct ChangelogTests {
    private let fields = [Field("id", .int), Field("name", .text)]

    private func text(_ style: ChangelogWriter.Style, key: [Int]) -> String {
        let names = ColumnBuilder(DataType.text)
        for name in ["a", "b", "b2", "c"] { names.append(text: name) }
        let batch = Batch(
            columns: [.int64([1, 2, 2, 3]), names.finish()], count: 4, weights: [2, -1, 1, -1], ordinals: Ordinals(first: 0))
        let bytes = ByteWriter()
        ChangelogWriter(style, fields: fields, key: key).write(batch, to: bytes)
        return String(decoding: bytes.bytes, as: UTF8.self)
    }

    @Test func `without a key rows are put in and taken back`() {
        #expect(
            text(.changelog, key: []) == """
                {"op":"-D","row":{"id":2,"name":"b"}}
                {"op":"-D","row":{"id":3,"name":"c"}}
                {"op":"+I","row":{"id":1,"name":"a"}}
                {"op":"+I","row":{"id":1,"name":"a"}}
                {"op":"+I","row":{"id":2,"name":"b2"}}

                """)
    }

    @Test func `the old and the new row of a key are one update`() {
        #expect(
            text(.changelog, key: [0]) == """
                {"op":"-D","row":{"id":3,"name":"c"}}
                {"op":"+I","row":{"id":1,"name":"a"}}
                {"op":"+I","row":{"id":1,"name":"a"}}
                {"op":"-U","row":{"id":2,"name":"b"}}
                {"op":"+U","row":{"id":2,"name":"b2"}}

                """)
        #expect(
            text(.debezium, key: [0]) == """
                {"before":{"id":3,"name":"c"},"after":null,"op":"d"}
                {"before":null,"after":{"id":1,"name":"a"},"op":"c"}
                {"before":null,"after":{"id":1,"name":"a"},"op":"c"}
                {"before":{"id":2,"name":"b"},"after":{"id":2,"name":"b2"},"op":"u"}

                """)
    }

    @Test func `a key is of the sink's columns`() throws {
        #expect(try ChangelogWriter.key("name, id", in: fields) == [1, 0])
        #expect(throws: ConnectorError.self) { try ChangelogWriter.key("nope", in: fields) }
    }
}
