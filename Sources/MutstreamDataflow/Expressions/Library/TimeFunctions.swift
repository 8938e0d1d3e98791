extension Library {
    static let time: [LibraryEntry] = []
}
