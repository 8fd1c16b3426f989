package stage

import "net/http"

// Front is what emulators E of one kind show over HTTP. An emulator says what is its own; the rest is alike.
type Front[E, S any] struct {
	Kind *Kind[S]
	// Stage is what an emulator stands on.
	Stage func(E) *Stage[S]
	// Call serves a call of the API: the n-th of Kind.Routes, or the first of those that have one method and path.
	Call func(e E, n int, w http.ResponseWriter, r *http.Request)
	// Pages adds what else there is, such as pages to pay on; nil adds nothing.
	Pages func(*Router[E])
	// Unknown is the gateway's answer to a path that it does not have.
	Unknown func(*http.Request) Reply
}

// Router makes the handlers of a front: the calls of the API, the pages, the controls, and the answer to all other paths.
func (f Front[E, S]) Router() *Router[E] {
	t := &Router[E]{log: func(e E, r *http.Request) { f.Stage(e).Log(r) }}
	t.api = map[string]bool{}
	for n, op := range f.Kind.Routes {
		pattern := op.Method + " " + op.Path
		if !t.api[pattern] {
			t.Handle(pattern, func(e E, w http.ResponseWriter, r *http.Request) { f.Call(e, n, w, r) })
		}
		t.api[pattern] = true
	}
	if f.Pages != nil {
		f.Pages(t)
	}
	RouteControls(t, f.Kind, f.Stage)
	t.Handle("/", func(_ E, w http.ResponseWriter, r *http.Request) { f.Unknown(r).Write(w) })
	return t
}

// RoutesOf lists the routes of an emulator's table.
func RoutesOf[T any](table []T, of func(T) Route) []Route {
	routes := make([]Route, len(table))
	for i, row := range table {
		routes[i] = of(row)
	}
	return routes
}

// Keeping are the controls of an emulator whose steps wait for Tick and that keeps a list of what has happened to money.
func Keeping[S, Effect any](effects func(S) []Effect) []Control[S] {
	return []Control[S]{
		Row("POST /tick", "takes the steps that are due by now, and sends the delayed webhooks", Ask(func(w *World[S]) Value {
			w.Tick()
			return Members{"status": "ok"}
		})),
		Row("GET /effects", "what has really happened to money, in order: a call that was made twice is here twice", Ask(func(w *World[S]) Value {
			return ListOf(Copied(w, effects))
		})),
	}
}

// Copied copies a list of a world's state.
func Copied[S, T any](w *World[S], list func(S) []T) (copied []T) {
	Do(w, func(s S) { copied = append(copied, list(s)...) })
	return copied
}
