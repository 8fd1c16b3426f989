package fault

import "testing"

// A row that is of no reason would be of a misspelled one.
func TestNextCalls(t *testing.T) {
	t.Parallel()
	for r, next := range nextCalls {
		if len(MeaningsOf(string(r))) == 0 || len(next) == 0 {
			t.Errorf("%s leads to %v", r, next)
		}
	}
}
