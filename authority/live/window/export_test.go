package window

// Break puts a failing disk under a book; nil mends it.
func Break(b *Book, write func(path string, data []byte) error) { b.folder.Write = write }
