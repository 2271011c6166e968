# Prints the targets of a Makefile by group: "##@ Group", then "target: ## what it does".
BEGIN { FS = ":.*## "; print "Holdfast: make <target>" }
/^##@ / { printf "\n%s\n", substr($0, 5) }
/^[a-z][a-z%-]*:.*## / { printf "  %-27s %s\n", $1, $2 }
