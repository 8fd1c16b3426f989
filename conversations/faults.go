package conversations

import (
	"unicode"
	"unicode/utf8"

	"github.com/handsel-dev/handsel/fault"
)

// Faults of the store. Compare with errors.Is.
var (
	// ErrAlreadyRated: a party reviews a deal once.
	ErrAlreadyRated = fault.New(fault.Conflict, "already_rated", "you have already reviewed this transaction")
	// ErrTooManyFiles: a side of a deal has added all the files that it may add.
	ErrTooManyFiles = fault.New(fault.Conflict, "evidence_full", "you have added the maximum number of files to this transaction; you cannot add more")
)

var (
	errNotParticipant = fault.New(fault.Forbidden, "not_participant", "only the two parties of the transaction may do this")
	errNotYourself    = fault.New(fault.Forbidden, "not_yourself", "a user may act only for themselves")
	errNoMessage      = fault.New(fault.NotFound, "message_not_found", "there is no such message in this conversation")
	errNotRatable     = fault.New(fault.Conflict, "rating_not_allowed", "a transaction can be reviewed when it is completed")
	errRatingClosed   = fault.New(fault.Conflict, "rating_window_closed", "a review must be given within 30 days after the end of the transaction")

	errFileWindow = fault.New(fault.Conflict, "evidence_window_closed", "files can be added until 7 days after the end of the transaction")
	errFileType   = fault.New(fault.Invalid, "evidence_type_not_allowed", "a file must be a PNG, JPEG or WebP image, a PDF or plain UTF-8 text, and be declared as what it is")
	errFileSize   = fault.New(fault.TooLarge, "evidence_too_large", "a file may have at most 5 MiB")
	errNoFile     = fault.New(fault.NotFound, "evidence_not_found", "there is no such file")
)

// invalid is a refusal of one field.
func invalid(field, format string, args ...any) *fault.Error {
	return fault.New(fault.Invalid, "validation_error", format, args...).With("field", field)
}

// plain reports whether a text is valid, at most limit characters long, and free
// of control characters and of marks that reorder what a reader sees.
func plain(s string, limit int) bool {
	if !utf8.ValidString(s) || utf8.RuneCountInString(s) > limit {
		return false
	}
	for _, r := range s {
		if unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' || unicode.Is(unicode.Bidi_Control, r) {
			return false
		}
	}
	return true
}
