package pgtest

import (
	"errors"
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// account is whom the server runs as; nil is the current user.
type account struct{ uid, gid int }

// serverUser finds another user when this process is root, whom PostgreSQL
// refuses to serve.
func serverUser() (*account, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, errUID := strconv.Atoi(u.Uid)
		gid, errGID := strconv.Atoi(u.Gid)
		if err := errors.Join(errUID, errGID); err != nil {
			return nil, err
		}
		return &account{uid, gid}, nil
	}
	return nil, errors.New("PostgreSQL does not run as root, and there is neither a user postgres nor nobody")
}

func (a *account) attributes() *syscall.SysProcAttr {
	// A group of its own keeps a Ctrl-C in the terminal away from the server,
	// which is stopped in order by its watchdog.
	attr := &syscall.SysProcAttr{Setpgid: true}
	if a != nil {
		attr.Credential = &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)}
	}
	return attr
}

func makeDir(dir string, a *account) (string, error) {
	if dir == "" {
		made, err := os.MkdirTemp("", "handsel-pg-")
		if err != nil {
			return "", err
		}
		dir = made
	} else if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	if a == nil {
		return dir, nil
	}
	return dir, os.Chown(dir, a.uid, a.gid)
}
