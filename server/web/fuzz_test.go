package web_test

import (
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/server/web"
)

func TestContentHash(t *testing.T) {
	t.Parallel()
	body := `{"a":9007199254740993,"b":["x",{"c":1,"d":2}]}`
	want := web.ContentHash("/p", []byte(body))
	if got := web.ContentHash("/p", []byte(`{ "b" : ["\u0078", {"d":2,"c":1}], "a":9007199254740993 }`)); got != want {
		t.Error("another spelling of one body has another hash")
	}
	for name, got := range map[string]string{
		"path": web.ContentHash("/q", []byte(body)), "large integer": web.ContentHash("/p", []byte(strings.Replace(body, "993", "992", 1))),
		"order of a list": web.ContentHash("/p", []byte(`{"a":9007199254740993,"b":[{"c":1,"d":2},"x"]}`)), "nothing": web.ContentHash("/p", nil),
	} {
		if got == want {
			t.Errorf("another %s has the same hash", name)
		}
	}
}
