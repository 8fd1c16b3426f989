// Package stage is what every emulator of a payment gateway stands on. It knows no gateway.
package stage

import "net/http"

// Router are the handlers of one kind of emulator E. They are made once per process and serve every emulator of the kind:
// a table of two hundred patterns is dear to make and to keep.
type Router[E any] struct {
	mux http.ServeMux
	log func(E, *http.Request) // nil writes no log
	api map[string]bool        // the patterns that are calls of the gateway's API
}

// IsAPI reports whether a request is a call of the gateway's API. All others are a person's, on a page or with the controls.
func (t *Router[E]) IsAPI(r *http.Request) bool {
	_, pattern := t.mux.Handler(r)
	return t.api[pattern]
}

// addressed is a response on its way through the table, with the emulator that was asked.
type addressed[E any] struct {
	http.ResponseWriter
	emulator E
}

// Handle adds a handler for a pattern of [http.ServeMux]; the emulator is its first argument.
func (t *Router[E]) Handle(pattern string, serve func(E, http.ResponseWriter, *http.Request)) {
	t.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		if to, ok := w.(addressed[E]); ok {
			serve(to.emulator, to.ResponseWriter, r)
		}
	})
}

// Serve lets an emulator answer a request.
func (t *Router[E]) Serve(emulator E, w http.ResponseWriter, r *http.Request) {
	if t.log != nil {
		t.log(emulator, r)
	}
	t.mux.ServeHTTP(addressed[E]{w, emulator}, r)
}
