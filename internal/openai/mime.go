package openai

import (
	"cmp"
	"mime"
	"path"
	"strings"
)

// mimeTypes are the types that OpenAI documents for the extensions of files in vector stores, and the types of JSON Lines. The table of the
// machine comes after it: it differs between systems, and on some of them .ts is a video.
//
// Source: https://platform.openai.com/docs/assistants/tools/file-search#supported-files
var mimeTypes = map[string]string{
	".c":     "text/x-c",
	".cpp":   "text/x-c++",
	".cs":    "text/x-csharp",
	".css":   "text/css",
	".csv":   "text/csv",
	".doc":   "application/msword",
	".docx":  "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	".gif":   "image/gif",
	".go":    "text/x-golang",
	".html":  "text/html",
	".java":  "text/x-java",
	".jpeg":  "image/jpeg",
	".jpg":   "image/jpeg",
	".js":    "text/javascript",
	".json":  "application/json",
	".jsonl": "text/jsonl",
	".md":    "text/markdown",
	".pdf":   "application/pdf",
	".php":   "text/x-php",
	".png":   "image/png",
	".pptx":  "application/vnd.openxmlformats-officedocument.presentationml.presentation",
	".py":    "text/x-python",
	".rb":    "text/x-ruby",
	".sh":    "application/x-sh",
	".tar":   "application/x-tar",
	".tex":   "text/x-tex",
	".ts":    "application/typescript",
	".txt":   "text/plain",
	".webp":  "image/webp",
	".xlsx":  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	".xml":   "text/xml",
	".zip":   "application/zip",
}

// mimeType returns the media type of a file by the extension of its name.
func mimeType(filename string) string {
	extension := strings.ToLower(path.Ext(filename))
	if known := mimeTypes[extension]; known != "" {
		return known
	}
	guess, _, _ := mime.ParseMediaType(mime.TypeByExtension(extension))
	return cmp.Or(guess, "application/octet-stream")
}
