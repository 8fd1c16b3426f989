package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/handsel-dev/handsel/notices/events"
)

// streamed is an event of a stream: its number, and what a webhook's body is. The zero value
// tells that the connection is there.
type streamed struct {
	sequence int64
	data     []byte
}

var errStreamEnded = errors.New("the server ended it")

// readStream reads server-sent events until the connection ends or take fails.
func readStream(ctx context.Context, q request, take func(streamed) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, q.method, q.url, http.NoBody)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+q.token)
	r.Header.Set("Accept", "text/event-stream")
	silent := time.AfterFunc(silence, cancel)
	defer silent.Stop()
	resp, err := server.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		content, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<20)) // the status says enough
		return refusalOf(r, resp.StatusCode, content)
	}
	if err := take(streamed{}); err != nil {
		return err
	}
	var e streamed
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, maxAnswer)
	for lines.Scan() {
		silent.Reset(silence)
		if whole, err := e.add(lines.Bytes()); err != nil {
			return err
		} else if !whole {
			continue
		}
		silent.Stop() // how long the receiver takes says nothing about the connection
		if err := take(e); err != nil {
			return err
		}
		silent.Reset(silence)
		e = streamed{}
	}
	return cmp.Or(lines.Err(), errStreamEnded)
}

// add takes a line. The blank one after an event makes it whole.
func (e *streamed) add(line []byte) (whole bool, err error) {
	name, value, _ := bytes.Cut(line, []byte(": "))
	switch string(name) {
	case "":
		return len(line) == 0 && len(e.data) > 0, nil
	case "id":
		if e.sequence, err = strconv.ParseInt(string(value), 10, 64); err != nil {
			return false, fmt.Errorf("an event without a number: %w", err)
		}
	case "data":
		e.data = bytes.Clone(value)
	}
	return false, nil
}

// shownEvent reads what an event says of itself.
func shownEvent(data []byte) (e events.Shown, err error) {
	if err = json.Unmarshal(data, &e); err != nil {
		return e, fmt.Errorf("an event that cannot be read: %w", err)
	}
	if strings.ContainsFunc(e.ID+string(e.Type), func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsGraphic(r) }) {
		return e, errors.New("an event that cannot be read: its id or type is not one word")
	}
	return e, nil
}
