package stage

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
)

// Object is a thing that a gateway keeps, by reference.
type Object interface {
	comparable
	Name() string // its id
}

// Shelf holds the objects of one kind in the order of their making. In a snapshot it prints them in full; an object that
// stands in another one should print its id only, and be read by [StandIn].
type Shelf[T Object] struct {
	All  []T
	byID map[string]T
}

// Add puts an object beside the others.
func (h *Shelf[T]) Add(r T) {
	if h.byID == nil {
		h.byID = map[string]T{}
	}
	h.All = append(h.All, r)
	h.byID[r.Name()] = r
}

// Keep forgets the oldest half when there are more objects than a number. No other object may stand on those.
func (h *Shelf[T]) Keep(most int) {
	if len(h.All) <= most {
		return
	}
	cut := len(h.All) - most/2
	for _, r := range h.All[:cut] {
		delete(h.byID, r.Name())
	}
	h.All = slices.Clone(h.All[cut:])
}

// Remove takes an object away, on which no other one may stand.
func (h *Shelf[T]) Remove(id string) {
	delete(h.byID, id)
	h.All = slices.DeleteFunc(h.All, func(r T) bool { return r.Name() == id })
}

// Get finds an object by its id.
func (h *Shelf[T]) Get(id string) (T, bool) {
	r, ok := h.byID[id]
	return r, ok
}

// MarshalJSON prints all objects in full: what has a type but no place has no methods that print an id.
func (h Shelf[T]) MarshalJSON() ([]byte, error) {
	all := make([]any, len(h.All))
	for i, r := range h.All {
		all[i] = reflect.ValueOf(r).Elem().Interface()
	}
	return json.Marshal(all)
}

// UnmarshalJSON reads what MarshalJSON has printed.
func (h *Shelf[T]) UnmarshalJSON(b []byte) error {
	var all []T
	if err := json.Unmarshal(b, &all); err != nil {
		return err
	}
	var none T
	for _, r := range all {
		if r == none || r.Name() == "" {
			return errors.New("an object without an id")
		}
		h.Add(r)
	}
	if len(h.byID) != len(all) {
		return errors.New("two objects with one id")
	}
	return nil
}

// StandIn reads an object of a snapshot: its id, with which another one names it, or all of it into full, which must have no
// UnmarshalJSON of its own.
func StandIn(b []byte, id *string, full any) error {
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, id)
	}
	return json.Unmarshal(b, full)
}

// Link puts an object in the place of its stand-in; false means that it is missing.
func Link[T Object](h *Shelf[T], at *T, required bool) bool {
	var none T
	if *at == none {
		return !required
	}
	r, ok := h.Get((*at).Name())
	*at = r
	return ok
}
