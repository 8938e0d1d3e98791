extension Library {
    static let format: [LibraryEntry] = []
}
