package provider

import (
	"os"
	"strings"
)

// frameworkLog is the variable that sets the level of the framework's own log.
const frameworkLog = "TF_LOG_SDK_FRAMEWORK"

// SilenceFrameworkLog turns the framework's own log off in the environment of this process, unless the user asked for logs by any of the
// variables TF_LOG, TF_LOG_PROVIDER and TF_LOG_SDK, and variables that begin with these names.
//
// Even when the log is not shown, every value that the framework passes on adds a level to a chain of contexts which each trace
// call walks: plan, read and apply of a map of 10,000 files then take ten times as long. It has to be called before the provider is
// served.
func SilenceFrameworkLog() error {
	for _, variable := range os.Environ() {
		name, value, _ := strings.Cut(variable, "=")
		if strings.HasPrefix(name, "TF_LOG") && name != "TF_LOG_PATH" && value != "" {
			return nil
		}
	}
	return os.Setenv(frameworkLog, "off")
}
