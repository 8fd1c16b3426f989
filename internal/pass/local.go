package pass

import "time"

// Local is an account that this server itself keeps.
type Local struct {
	CommunityID int64
	Name        string
	Role        string
	Secrets     []byte // what its owner shows; the store seals it
	Used        int64  // the step of the last code that was taken
	Revision    int64  // rises with each change but that of Used; 0: it is not there yet
	CreatedAt   time.Time
	DisabledAt  time.Time // zero: it is not
}
