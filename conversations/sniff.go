package conversations

import (
	"bytes"
	"encoding/binary"
	"mime"
	"net/http"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The media types of evidence.
const (
	typePNG  = "image/png"
	typeJPEG = "image/jpeg"
	typeWebP = "image/webp"
	typePDF  = "application/pdf"
	typeText = "text/plain; charset=utf-8"
)

// extensions of a type; the first is given to a file without one of them.
func extensions(kind string) []string {
	switch kind {
	case typePNG:
		return []string{".png"}
	case typeJPEG:
		return []string{".jpg", ".jpeg"}
	case typeWebP:
		return []string{".webp"}
	case typePDF:
		return []string{".pdf"}
	}
	return []string{".txt", ".log", ".csv"}
}

// Sniff finds the media type of a file by its content; ok is false when evidence
// may not be of that type. A file that is two things at once, a picture that can
// be unpacked or a text that a browser could show as a page, is of none.
func Sniff(content []byte) (kind string, ok bool) {
	kind = http.DetectContentType(content)
	switch kind {
	case typePNG:
		ok = len(content) >= 16 && bytes.HasPrefix(content[12:], []byte("IHDR"))
	case typeJPEG:
		ok = len(content) >= 4 && content[3] >= 0xC0 && content[3] < 0xFF
	case typeWebP:
		ok = len(content) >= 16 && slices.Contains([]string{"VP8 ", "VP8L", "VP8X"}, string(content[12:16]))
	case typePDF:
		ok = len(content) >= 8 && content[5] >= '1' && content[5] <= '9' && content[6] == '.'
	case typeText:
		ok = isText(content)
	}
	return kind, ok && !hasArchive(content)
}

// isText reports whether content is UTF-8 that people read, and no markup.
func isText(content []byte) bool {
	text := strings.TrimPrefix(string(content), "\ufeff")
	if text == "" || !utf8.ValidString(text) || strings.HasPrefix(strings.TrimSpace(text), "<") {
		return false
	}
	for _, r := range text {
		if unicode.IsControl(r) && !strings.ContainsRune("\t\n\r\f", r) {
			return false
		}
	}
	text = strings.ToLower(text)
	return !slices.ContainsFunc([]string{"<!doctype", "<html", "<script", "<svg"}, func(tag string) bool {
		return strings.Contains(text, tag)
	})
}

// The end record of a zip archive, which is read from the end of a file: its
// signature, its length and where the length of its comment stands.
const (
	zipEnd        = "PK\x05\x06"
	zipEndLength  = 22
	zipCommentAt  = 20
	zipMaxComment = 1<<16 - 1
)

// hasArchive reports whether an unpacker would find a zip archive at the end of content.
func hasArchive(content []byte) bool {
	tail := content[max(0, len(content)-zipEndLength-zipMaxComment):]
	for at := bytes.Index(tail, []byte(zipEnd)); at >= 0; {
		record := tail[at:]
		if len(record) >= zipEndLength &&
			zipEndLength+int(binary.LittleEndian.Uint16(record[zipCommentAt:])) <= len(record) {
			return true
		}
		next := bytes.Index(record[1:], []byte(zipEnd))
		if next < 0 {
			return false
		}
		at += 1 + next
	}
	return false
}

// agrees reports whether a declared media type is the one that was found.
func agrees(declared, kind string) bool {
	base, params, err := mime.ParseMediaType(declared)
	if err != nil {
		return false
	}
	found, _, _ := strings.Cut(kind, ";")
	charset := strings.ToLower(params["charset"])
	return base == found && slices.Contains([]string{"", "utf-8", "us-ascii"}, charset)
}

// maxName is how many characters the name of a file may have.
const maxName = 120

// CleanName makes the name of an uploaded file safe to show and to store under: no
// path, no control, invisible or reordering characters, none that a file system
// takes amiss, at most 120 characters, and an extension that fits the media type.
func CleanName(name, kind string) string {
	name = strings.ToValidUTF8(name, "")
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = trimName(strings.Map(safe, name))
	known := extensions(kind)
	extension := known[0]
	if dot := strings.LastIndexByte(name, '.'); dot >= 0 && slices.Contains(known, strings.ToLower(name[dot:])) {
		name, extension = name[:dot], name[dot:]
	}
	stem := []rune(trimName(name))
	stem = stem[:min(len(stem), maxName-len(extension))]
	if name = trimName(string(stem)); name == "" {
		name = "file"
	}
	return name + extension
}

// trimName cuts off what hides a file or its extension.
func trimName(name string) string { return strings.Trim(name, " .") }

// safe replaces a character of a file's name, or drops it with -1.
func safe(r rune) rune {
	switch {
	case strings.ContainsRune(`"*:<>?|`, r):
		return '_'
	case unicode.IsSpace(r):
		return ' '
	case unicode.IsPrint(r):
		return r
	}
	return -1
}
