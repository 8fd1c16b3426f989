package testport

import (
	"net"
	"sync"
	"testing"
)

// A port is nobody else's between the moment it is found and its use: not another caller's,
// nor one of those that the system gives away.
func TestFree(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	seen := map[int]bool{}
	var callers sync.WaitGroup
	for range 200 {
		callers.Go(func() {
			port, err := Free()
			mu.Lock()
			defer mu.Unlock()
			if err != nil || seen[port] {
				t.Errorf("port %d again, %v", port, err)
			}
			seen[port] = true
		})
	}
	callers.Wait()
	for range 200 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		if port := l.Addr().(*net.TCPAddr).Port; seen[port] || port < first+count {
			t.Errorf("the system gave port %d to somebody", port)
		}
	}
}

// One that is in use is passed over.
func TestFree_taken(t *testing.T) {
	t.Parallel()
	var one, other ports
	for _, p := range []*ports{&one, &other} {
		for range 20 {
			port, err := p.free()
			if err != nil {
				t.Fatal(err)
			}
			l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
			if err != nil {
				t.Fatalf("port %d is in use: %v", port, err)
			}
			defer l.Close()
		}
	}
}
