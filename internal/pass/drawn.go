package pass

import (
	"errors"
	"strconv"
	"strings"

	"rsc.io/qr/coding"
)

// quiet is how many light squares stand around a drawing.
const quiet = 4

// Drawn is a text as a QR code: the path of its dark squares, each of one unit, and how many units its side has.
func Drawn(text string) (path string, side int, err error) {
	for version := coding.Version(1); version <= coding.MaxVersion; version++ {
		if coding.String(text).Bits(version) > version.DataBytes(coding.M)*8 {
			continue
		}
		plan, err := coding.NewPlan(version, coding.M, 0)
		if err != nil {
			return "", 0, err
		}
		code, err := plan.Encode(coding.String(text))
		if err != nil {
			return "", 0, err
		}
		var b strings.Builder
		for y := range code.Size {
			for x := range code.Size {
				if code.Black(x, y) {
					b.WriteString("M" + strconv.Itoa(x+quiet) + " " + strconv.Itoa(y+quiet) + "h1v1h-1z")
				}
			}
		}
		return b.String(), code.Size + 2*quiet, nil
	}
	return "", 0, errors.New("the text is too long for a QR code")
}
