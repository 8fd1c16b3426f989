package socket_test

import (
	"testing"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/server/socket"
)

// Bodies are refused with a fault of the caller, or taken; nothing else happens.
func FuzzLogin(f *testing.F) {
	for _, seed := range []string{
		`{"type":"auth","token":"x"}`,
		`{"a":1,"a":2}`, `{}`, `[]`, `{"ad_id":1e3}`, "\xff",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		_, err := socket.ReadLogin(true, body)
		if code := fault.CodeOf(err); err != nil && code != fault.Invalid && code != fault.Unauthenticated {
			t.Errorf("%v", err)
		}
	})
}
