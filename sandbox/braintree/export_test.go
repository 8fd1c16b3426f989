package braintree

// Rows are name, method and path of each call.
func Rows() (rows [][3]string) {
	for _, r := range kind().Routes {
		rows = append(rows, [3]string{r.Name, r.Method, r.Path})
	}
	return rows
}
