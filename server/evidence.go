package server

import (
	"bytes"

	"github.com/handsel-dev/handsel/conversations"
)

// uploadForm is the form of a piece of evidence.
type uploadForm struct {
	File       string `json:"file" required:"true"`
	UploaderID string `json:"uploader_id"`
}

// maxUpload is the limit of a whole form: the file and what surrounds it.
const maxUpload = conversations.MaxFileSize + 16<<10

// sent is what an upload says, for telling whether it was sent before.
func sent(uploader string, up conversations.Upload) []byte {
	return bytes.Join([][]byte{[]byte(uploader), []byte(up.Name), []byte(up.Type), up.Content}, []byte{0})
}
