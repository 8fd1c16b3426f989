package console

// Safe is how a text stands in a file.
func Safe(text string) string { return safe(text) }
