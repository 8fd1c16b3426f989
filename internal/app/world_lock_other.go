//go:build !unix

package app

import (
	"errors"
	"os"
)

// lockFile is not there: two programs would write one world.
func lockFile(string) (*os.File, error) {
	return nil, errors.New("this system has no locks of files, so no world can be kept; leave --world out")
}
