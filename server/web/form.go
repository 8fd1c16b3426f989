package web

import (
	"mime"
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
)

const (
	// FormType is what ReadForm takes.
	FormType = "application/x-www-form-urlencoded"
	maxForm  = 32 << 10 // bytes; a hundred types and a description are less
)

// ReadForm reads the form of a request, in which no field may hold a card number.
func ReadForm(c *gin.Context) error {
	if declared := c.GetHeader("Content-Type"); declared != "" {
		if kind, _, err := mime.ParseMediaType(declared); err != nil || kind != FormType {
			return fault.New(fault.Invalid, UnsupportedMediaType, "the body must be %s", FormType)
		}
	}
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, maxForm)
	if err := c.Request.ParseForm(); err != nil {
		return BodyError(err, maxForm)
	}
	for name, values := range c.Request.PostForm {
		if NamesCardData(name) || slices.ContainsFunc(values, HoldsCardNumber) {
			return CardDataRefused(name)
		}
	}
	return nil
}
