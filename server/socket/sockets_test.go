package socket

import "testing"

// TestC4_strangersSockets bounds the sockets of an address that has not logged in.
func TestC4_strangersSockets(t *testing.T) {
	t.Parallel()
	s, open := NewSockets(), 0
	for range 1500 {
		if s.enter("address 192.0.2.1", maxStrangers) {
			open++
		}
	}
	if open != maxStrangers || !s.enter("address 192.0.2.2", maxStrangers) {
		t.Errorf("%d sockets of one address", open)
	}
}
