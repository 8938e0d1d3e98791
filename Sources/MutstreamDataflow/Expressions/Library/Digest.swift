/// Checksums of bytes: MD5 (RFC 1321), SHA-2 (FIPS 180-4) and CRC-32 (ISO 3309).
enum Digest {
    enum Algorithm: Sendable {
        case md5, sha224, sha256, sha384, sha512
    }

    static func make(_ algorithm: Algorithm, _ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        switch algorithm {
        case .md5: md5(bytes)
        case .sha224: Array(sha32(bytes, initial224).prefix(28))
        case .sha256: sha32(bytes, initial256)
        case .sha384: Array(sha64(bytes, initial384).prefix(48))
        case .sha512: sha64(bytes, initial512)
        }
    }

    static func appendHex(_ bytes: some Sequence<UInt8>, _ append: (UInt8) -> Void) {
        for byte in bytes {
            for digit in [byte >> 4, byte & 15] { append(digit < 10 ? 0x30 + digit : 0x57 + digit) }
        }
    }

    /// Full blocks of the bytes, then the padded end.
    @inline(__always)
    private static func blocks(
        _ bytes: UnsafeRawBufferPointer, size: Int, isBigEndian: Bool, _ body: (UnsafeRawBufferPointer) -> Void
    ) {
        let full = bytes.count / size * size
        for start in stride(from: 0, to: full, by: size) {
            body(UnsafeRawBufferPointer(rebasing: bytes[start..<start + size]))
        }
        var tail = Array(bytes[full...])
        tail.append(0x80)
        while (tail.count + 8) % size != 0 { tail.append(0) }
        let bits = UInt64(bytes.count) &* 8
        for i in 0..<8 {
            let shift = UInt64(isBigEndian ? 56 - 8 * i : 8 * i)
            tail.append(UInt8(truncatingIfNeeded: bits >> shift))
        }
        tail.withUnsafeBytes { tail in
            for start in stride(from: 0, to: tail.count, by: size) {
                body(UnsafeRawBufferPointer(rebasing: tail[start..<start + size]))
            }
        }
    }

    // MARK: - MD5

    private static let shifts: [UInt32] = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21]
    private static let sines: [UInt32] = (0..<64).map { UInt32((Math.sin(Double($0 + 1)).magnitude * 4_294_967_296)) }

    private static func md5(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        var state: (UInt32, UInt32, UInt32, UInt32) = (0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476)
        blocks(bytes, size: 64, isBigEndian: false) { block in
            var (a, b, c, d) = state
            for i in 0..<64 {
                let mixed: UInt32
                let word: Int
                switch i >> 4 {
                case 0: (mixed, word) = (b & c | ~b & d, i)
                case 1: (mixed, word) = (d & b | ~d & c, (5 * i + 1) & 15)
                case 2: (mixed, word) = (b ^ c ^ d, (3 * i + 5) & 15)
                default: (mixed, word) = (c ^ (b | ~d), (7 * i) & 15)
                }
                let value = UInt32(littleEndian: block.loadUnaligned(fromByteOffset: 4 * word, as: UInt32.self))
                let sum = a &+ mixed &+ sines[i] &+ value
                let shift = shifts[(i >> 4) * 4 + i % 4]
                (a, d, c) = (d, c, b)
                b = b &+ (sum << shift | sum >> (32 - shift))
            }
            state = (state.0 &+ a, state.1 &+ b, state.2 &+ c, state.3 &+ d)
        }
        return [state.0, state.1, state.2, state.3].flatMap { word in
            (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32(8 * $0)) }
        }
    }

    // MARK: - SHA-2

    /// The first digits of the cube roots of the first 80 primes; their upper halves are the constants of 32 bits.
    private static let roots: [UInt64] = {
        var primes: [UInt64] = []
        var candidate: UInt64 = 2
        while primes.count < 80 {
            if primes.allSatisfy({ candidate % $0 != 0 }) { primes.append(candidate) }
            candidate += 1
        }
        return primes.map { fractionOfRoot($0, isCube: true) }
    }()

    /// The first 64 bits of the fraction of a square or cube root, exactly.
    private static func fractionOfRoot(_ value: UInt64, isCube: Bool) -> UInt64 {
        // The greatest x with (x / 2^64)^k <= value, found bit by bit; x is below 2^68.
        var root: [UInt32] = [0, 0, 0]
        for bit in (0..<68).reversed() {
            var trial = root
            trial[bit >> 5] |= 1 << UInt32(bit & 31)
            let power = isCube ? multiply(multiply(trial, trial), trial) : multiply(trial, trial)
            // value × 2^(64 k) as words.
            var bound = [UInt32](repeating: 0, count: isCube ? 6 : 4)
            bound += [UInt32(value), 0]
            if !isGreater(power, bound) { root = trial }
        }
        return UInt64(root[1]) << 32 | UInt64(root[0])
    }

    private static func multiply(_ a: [UInt32], _ b: [UInt32]) -> [UInt32] {
        var result = [UInt32](repeating: 0, count: a.count + b.count)
        for i in a.indices {
            var carry: UInt64 = 0
            for j in b.indices {
                let sum = UInt64(a[i]) * UInt64(b[j]) + UInt64(result[i + j]) + carry
                result[i + j] = UInt32(truncatingIfNeeded: sum)
                carry = sum >> 32
            }
            result[i + b.count] = UInt32(truncatingIfNeeded: carry)
        }
        return result
    }

    private static func isGreater(_ a: [UInt32], _ b: [UInt32]) -> Bool {
        for i in (0..<max(a.count, b.count)).reversed() {
            let (x, y) = (i < a.count ? a[i] : 0, i < b.count ? b[i] : 0)
            if x != y { return x > y }
        }
        return false
    }

    private static let initial512: [UInt64] = [2, 3, 5, 7, 11, 13, 17, 19].map { fractionOfRoot($0, isCube: false) }
    private static let initial384: [UInt64] = [23, 29, 31, 37, 41, 43, 47, 53].map { fractionOfRoot($0, isCube: false) }
    private static let initial256: [UInt32] = initial512.map { UInt32(truncatingIfNeeded: $0 >> 32) }
    private static let initial224: [UInt32] = initial384.map { UInt32(truncatingIfNeeded: $0) }
    private static let constants32: [UInt32] = roots.prefix(64).map { UInt32(truncatingIfNeeded: $0 >> 32) }

    private static func sha32(_ bytes: UnsafeRawBufferPointer, _ initial: [UInt32]) -> [UInt8] {
        var state = initial
        var words = [UInt32](repeating: 0, count: 64)
        @inline(__always) func turned(_ x: UInt32, _ by: UInt32) -> UInt32 { x >> by | x << (32 - by) }
        blocks(bytes, size: 64, isBigEndian: true) { block in
            for i in 0..<16 { words[i] = UInt32(bigEndian: block.loadUnaligned(fromByteOffset: 4 * i, as: UInt32.self)) }
            for i in 16..<64 {
                let (x, y) = (words[i - 15], words[i - 2])
                words[i] =
                    words[i - 16] &+ words[i - 7] &+ (turned(x, 7) ^ turned(x, 18) ^ x >> 3)
                    &+ (turned(y, 17) ^ turned(y, 19) ^ y >> 10)
            }
            var s = state
            for i in 0..<64 {
                let mixed = s[4] & s[5] ^ ~s[4] & s[6]
                let first = s[7] &+ (turned(s[4], 6) ^ turned(s[4], 11) ^ turned(s[4], 25)) &+ mixed
                let sum = first &+ constants32[i] &+ words[i]
                let major = s[0] & s[1] ^ s[0] & s[2] ^ s[1] & s[2]
                let second = (turned(s[0], 2) ^ turned(s[0], 13) ^ turned(s[0], 22)) &+ major
                (s[7], s[6], s[5], s[4]) = (s[6], s[5], s[4], s[3] &+ sum)
                (s[3], s[2], s[1], s[0]) = (s[2], s[1], s[0], sum &+ second)
            }
            for i in 0..<8 { state[i] = state[i] &+ s[i] }
        }
        return state.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32(24 - 8 * $0)) } }
    }

    private static func sha64(_ bytes: UnsafeRawBufferPointer, _ initial: [UInt64]) -> [UInt8] {
        var state = initial
        var words = [UInt64](repeating: 0, count: 80)
        @inline(__always) func turned(_ x: UInt64, _ by: UInt64) -> UInt64 { x >> by | x << (64 - by) }
        // The length takes 16 bytes here, of which the upper 8 are 0.
        blocks64(bytes) { block in
            for i in 0..<16 { words[i] = UInt64(bigEndian: block.loadUnaligned(fromByteOffset: 8 * i, as: UInt64.self)) }
            for i in 16..<80 {
                let (x, y) = (words[i - 15], words[i - 2])
                words[i] =
                    words[i - 16] &+ words[i - 7] &+ (turned(x, 1) ^ turned(x, 8) ^ x >> 7)
                    &+ (turned(y, 19) ^ turned(y, 61) ^ y >> 6)
            }
            var s = state
            for i in 0..<80 {
                let mixed = s[4] & s[5] ^ ~s[4] & s[6]
                let first = s[7] &+ (turned(s[4], 14) ^ turned(s[4], 18) ^ turned(s[4], 41)) &+ mixed
                let sum = first &+ roots[i] &+ words[i]
                let major = s[0] & s[1] ^ s[0] & s[2] ^ s[1] & s[2]
                let second = (turned(s[0], 28) ^ turned(s[0], 34) ^ turned(s[0], 39)) &+ major
                (s[7], s[6], s[5], s[4]) = (s[6], s[5], s[4], s[3] &+ sum)
                (s[3], s[2], s[1], s[0]) = (s[2], s[1], s[0], sum &+ second)
            }
            for i in 0..<8 { state[i] = state[i] &+ s[i] }
        }
        return state.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * $0)) } }
    }

    private static func blocks64(_ bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Void) {
        let full = bytes.count / 128 * 128
        for start in stride(from: 0, to: full, by: 128) {
            body(UnsafeRawBufferPointer(rebasing: bytes[start..<start + 128]))
        }
        var tail = Array(bytes[full...])
        tail.append(0x80)
        while (tail.count + 16) % 128 != 0 { tail.append(0) }
        tail += [UInt8](repeating: 0, count: 8)
        let bits = UInt64(bytes.count) &* 8
        for i in 0..<8 { tail.append(UInt8(truncatingIfNeeded: bits >> UInt64(56 - 8 * i))) }
        tail.withUnsafeBytes { tail in
            for start in stride(from: 0, to: tail.count, by: 128) {
                body(UnsafeRawBufferPointer(rebasing: tail[start..<start + 128]))
            }
        }
    }

    // MARK: - CRC

    private static let table: [UInt32] = (0..<256).map { index in
        var value = UInt32(index)
        for _ in 0..<8 { value = value & 1 != 0 ? value >> 1 ^ 0xedb8_8320 : value >> 1 }
        return value
    }

    static func crc32(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        var value: UInt32 = ~0
        for byte in bytes { value = table[Int((value ^ UInt32(byte)) & 0xff)] ^ value >> 8 }
        return ~value
    }
}
