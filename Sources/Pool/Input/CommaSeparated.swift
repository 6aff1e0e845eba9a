import Bytes

/// Records of comma-separated values (RFC 4180), for `--csv`.
enum CommaSeparated {
    /// The fields of a record. A field in double quotes may hold anything; a quote in it is written twice.
    static func fields(_ record: Bytes, delimiter: UInt8) -> [Bytes] {
        let quote = UInt8(ascii: "\"")
        var fields: [Bytes] = []
        var field = Bytes()
        var index = 0
        while index < record.count {
            let byte = record[index]
            if byte == delimiter {
                fields.append(field)
                field = Bytes()
                index += 1
            } else if byte == quote, field.isEmpty {
                index += 1
                while index < record.count {
                    if record[index] == quote {
                        index += 1
                        guard index < record.count, record[index] == quote else { break }
                    }
                    field.append(record[index])
                    index += 1
                }
            } else if byte == UInt8(ascii: "\r"), index == record.count - 1 {
                index += 1
            } else {
                field.append(byte)
                index += 1
            }
        }
        fields.append(field)
        return fields
    }
}
