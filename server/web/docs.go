package web

import (
	"net/http"
	"slices"
	"sync"

	"github.com/gin-gonic/gin"
)

// Manual is the face that describes all others, and itself. The description is made for whoever asks for it first.
func Manual(also Shapes, words func() (Words, error), others ...Face) Face {
	var spec func() ([]byte, error)
	own := Face{Tag: "operations", Routes: []Route{{
		Method: http.MethodGet, Path: "/openapi.yaml", Access: Public, Name: "operations.getDescription", Summary: "Read this description", AnyQuery: true, Answer: Media("application/yaml"),
		Serve: func(c *gin.Context, _ Route) error {
			text, err := spec()
			if err == nil {
				c.Data(http.StatusOK, "application/yaml", text)
			}
			return err
		},
	}}}
	all := Listed(append(slices.Clone(others), own)...)
	spec = sync.OnceValues(func() ([]byte, error) {
		said, err := words()
		if err != nil {
			return nil, err
		}
		return yaml(describe(all, also, said))
	})
	return own
}
