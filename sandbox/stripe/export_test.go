package stripe

// ParseForm is the decoder of form-encoded bodies, for fuzzing.
func ParseForm(raw string) (names []string, err error) {
	f, refused := parseForm(raw)
	if refused != nil {
		return nil, refused
	}
	for _, name := range f.names() {
		f.list(name)
		if _, refused := f.metadata(nil); refused != nil {
			return nil, refused
		}
		if _, refused := f.period(name); refused != nil {
			return nil, refused
		}
	}
	return f.names(), nil
}

// Rows are all routes of the API: name, method and path.
func Rows() [][3]string {
	var rows [][3]string
	for _, op := range routes() {
		rows = append(rows, [3]string{op.name, op.method, op.address()})
	}
	return rows
}

// KeysKept is how many idempotency keys a world keeps.
func (e *World) KeysKept() (n int) {
	e.locked(func(s *state) { n = len(s.Keys) })
	return n
}
