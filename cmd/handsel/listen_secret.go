package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/webhooks/outbound"
)

// secret is the one that was given, or that of this machine's user, which is made when it is
// asked for first: a receiver's settings then outlive every handsel dev.
func (c forwarding) secret() (outbound.Secret, error) {
	if c.Secret != "" {
		s, err := outbound.ParseSecret(c.Secret, time.Time{})
		if err != nil {
			return s, errors.New("HANDSEL_LISTEN_SECRET is no secret of a webhook; it begins with whsec_")
		}
		return s, nil
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return outbound.Secret{}, fmt.Errorf("there is no place to keep a secret in; set HANDSEL_LISTEN_SECRET: %w", err)
	}
	return keptSecret(filepath.Join(dir, "handsel", "listen-secret"))
}

// keptSecret reads a secret, or makes one that others read from then on.
func keptSecret(path string) (outbound.Secret, error) {
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := makeSecret(path); err != nil && !errors.Is(err, fs.ErrExist) {
			return outbound.Secret{}, fmt.Errorf("make a secret: %w", err)
		}
		content, err = os.ReadFile(path)
	}
	if err != nil {
		return outbound.Secret{}, err
	}
	s, err := outbound.ParseSecret(strings.TrimSpace(string(content)), time.Time{})
	if err != nil {
		return s, fmt.Errorf("%s has no secret of a webhook; remove it, and a new one is made", path)
	}
	return s, nil
}

// makeSecret writes a file that appears whole, for its owner alone, unless there is one.
func makeSecret(path string) error {
	s, err := outbound.NewSecret(outbound.Shared, rand.Reader)
	if err != nil {
		return err
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".listen-secret-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(s.Stored() + "\n")
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Link(f.Name(), path) // fails where another listener was faster
}
