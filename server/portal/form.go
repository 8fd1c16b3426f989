package portal

import (
	"mime"
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/server/web"
)

const (
	formType = "application/x-www-form-urlencoded"
	maxForm  = 32 << 10 // bytes; a hundred types and a description are less
)

// readForm reads the form of a request, in which no field may hold a card number.
func readForm(c *gin.Context) error {
	if declared := c.GetHeader("Content-Type"); declared != "" {
		if kind, _, err := mime.ParseMediaType(declared); err != nil || kind != formType {
			return fault.New(fault.Invalid, web.UnsupportedMediaType, "the body must be %s", formType)
		}
	}
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, maxForm)
	if err := c.Request.ParseForm(); err != nil {
		return web.BodyError(err, maxForm)
	}
	for name, values := range c.Request.PostForm {
		if web.NamesCardData(name) || slices.ContainsFunc(values, web.HoldsCardNumber) {
			return web.CardDataRefused(name)
		}
	}
	return nil
}
