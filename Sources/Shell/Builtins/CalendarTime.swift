import Bytes
import Glibc
import Platform

/// Times of the calendar as strftime writes them.
///
/// Lock: `zone`. The C library knows one time zone for the process, the variable TZ of its environment.
package enum CalendarTime {
    private static let zone = Mutex<Bytes?>(nil)

    /// - Parameters:
    ///   - seconds: since 1970.
    ///   - zone: as TZ names it; nil for the system's.
    package static func format(_ form: Bytes, _ seconds: Int64, zone wanted: Bytes?) -> Bytes {
        zone.withLock { current in
            if current != wanted {
                if let wanted {
                    _ = wanted.withCString { setenv("TZ", $0, 1) }
                } else {
                    unsetenv("TZ")
                }
                current = wanted
            }
            tzset()
            var time = time_t(seconds)
            var parts = tm()
            guard localtime_r(&time, &parts) != nil else { return Bytes() }
            // strftime gives 0 for what doesn't fit, and for what is empty: a byte before the form tells them apart.
            var text = Bytes()
            for capacity in [256, 4096, 1 << 16] {
                text = Bytes(capacity: capacity) { buffer in
                    ("x" + form).withCString {
                        strftime(
                            buffer.baseAddress?.assumingMemoryBound(to: CChar.self), buffer.count, $0, &parts)
                    }
                }
                if !text.isEmpty { break }
            }
            return text.dropFirst()
        }
    }
}

extension Interpreter {
    /// `2026-11-28T13:05:00`, in the time zone of TZ.
    package func calendarTime(_ microseconds: UInt64) -> Bytes {
        CalendarTime.format(
            "%Y-%m-%dT%H:%M:%S", Int64(truncatingIfNeeded: microseconds / 1_000_000), zone: variable("TZ"))
    }
}
