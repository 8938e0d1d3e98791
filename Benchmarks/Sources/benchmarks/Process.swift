#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What one finished process used, as the kernel counts it.
struct Usage {
    var status: Int32
    /// User and system time in seconds.
    var cpuSeconds: Double
    var wallSeconds: Double
    /// Largest resident set, in bytes.
    var peakBytes: Int
}

/// Runs a program to its end; standard output and standard error go to files, "" for nowhere.
func run(_ words: [String], output: String = "", errors: String = "") -> Usage {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    let flags = O_WRONLY | O_CREAT | O_TRUNC
    posix_spawn_file_actions_addopen(&actions, 1, output.isEmpty ? "/dev/null" : output, flags, 0o644)
    posix_spawn_file_actions_addopen(&actions, 2, errors.isEmpty ? "/dev/null" : errors, flags, 0o644)
    var pointers: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
    pointers.append(nil)
    defer { for pointer in pointers { free(pointer) } }
    let began = now()
    var child = pid_t()
    guard posix_spawnp(&child, words[0], &actions, nil, pointers, environ) == 0 else {
        return Usage(status: -1, cpuSeconds: 0, wallSeconds: 0, peakBytes: 0)
    }
    var status: Int32 = 0
    var usage = rusage()
    while wait4(child, &status, 0, &usage) < 0, errno == EINTR {}
    let cpu = seconds(usage.ru_utime) + seconds(usage.ru_stime)
    return Usage(status: status, cpuSeconds: cpu, wallSeconds: now() - began, peakBytes: usage.ru_maxrss * 1024)
}

private func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }

private func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

func readFile(_ path: String) -> String {
    guard let file = fopen(path, "r") else { return "" }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 1 << 20)
    while true {
        let count = fread(&block, 1, block.count, file)
        if count == 0 { return String(decoding: bytes, as: UTF8.self) }
        bytes += block[..<count]
    }
}

func writeFile(_ path: String, _ text: String) {
    guard let file = fopen(path, "w") else { return }
    var text = text
    text.withUTF8 { _ = fwrite($0.baseAddress, 1, $0.count, file) }
    fclose(file)
}
