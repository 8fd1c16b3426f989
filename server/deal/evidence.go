package deal

import (
	"bytes"

	"github.com/handsel-dev/handsel/conversations"
)

// UploadForm is the form of a piece of evidence.
type UploadForm struct {
	File       string `json:"file" required:"later"`
	UploaderID string `json:"uploader_id"`
}

// MaxUpload is the limit of a whole form: the file and what surrounds it.
const MaxUpload = conversations.MaxFileSize + 16<<10

// Sent is what an upload says, for telling whether it was sent before.
func Sent(uploader string, up conversations.Upload) []byte {
	return bytes.Join([][]byte{[]byte(uploader), []byte(up.Name), []byte(up.Type), up.Content}, []byte{0})
}
