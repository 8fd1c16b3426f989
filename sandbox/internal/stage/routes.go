// Package stage is what every emulator of a payment gateway stands on. It knows no gateway.
package stage

import "net/http"

// Routes are the handlers of one kind of emulator E. They are made once per process and serve every emulator of the kind:
// a table of two hundred patterns is dear to make and to keep.
type Routes[E any] struct{ mux http.ServeMux }

// addressed is a response on its way through the table, with the emulator that was asked.
type addressed[E any] struct {
	http.ResponseWriter
	emulator E
}

// Handle adds a handler for a pattern of [http.ServeMux]; the emulator is its first argument.
func (t *Routes[E]) Handle(pattern string, serve func(E, http.ResponseWriter, *http.Request)) {
	t.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		if to, ok := w.(addressed[E]); ok {
			serve(to.emulator, to.ResponseWriter, r)
		}
	})
}

// Serve lets an emulator answer a request.
func (t *Routes[E]) Serve(emulator E, w http.ResponseWriter, r *http.Request) {
	t.mux.ServeHTTP(addressed[E]{w, emulator}, r)
}
