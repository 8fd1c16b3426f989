package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/sqlstore"
)

// The codes with which the program ends. Scripts decide by them, so they stay;
// docs/operations.md has them, too.
const (
	exitDone   = 0 // it did what it was asked to do, or got the signal to stop
	exitFailed = 1
	exitUsage  = 2 // the command line or a setting has to be mended; nothing was done
	exitFound  = 3 // it looked, and found something that needs a person
)

// ending is an error that ends the program with a code of its own.
type ending struct {
	error
	code int
}

func (e ending) Unwrap() error { return e.error }

// usage marks what has to be written in another way.
func usage(err error) error {
	if err == nil {
		return nil
	}
	return ending{err, exitUsage}
}

// found marks what a command looked for and would rather not have found.
func found(err error) error { return ending{err, exitFound} }

// exitCode prints an error and returns the code that belongs to it.
func exitCode(err error, errOut io.Writer) int {
	if err == nil || errors.Is(err, context.Canceled) {
		return exitDone
	}
	errOut = screen{errOut}
	code := exitFailed
	if _, wrong := errors.AsType[sqlstore.Malformed](err); wrong {
		code = exitUsage
	}
	if e, ok := errors.AsType[ending](err); ok {
		code = e.code
	}
	if f, ok := errors.AsType[*fault.Error](err); ok && f.Err == nil {
		fmt.Fprintf(errOut, "handsel: %s (%s)\n", f.Message, f.Reason)
		return code
	}
	fmt.Fprintf(errOut, "handsel: %v\n", err)
	return code
}
