package sqlstore

import "maps"

// Texts are the statements that a store has prepared so far.
func (db *DB) Texts() []string {
	all := map[string]bool{}
	for _, s := range []*statements{db.reads, db.writes} {
		s.mu.Lock()
		for text := range maps.Keys(s.byText) {
			all[text] = true
		}
		s.mu.Unlock()
	}
	texts := make([]string, 0, len(all))
	for text := range all {
		texts = append(texts, text)
	}
	return texts
}
