# SPDX-License-Identifier: MIT
# What is installed, and where; a part of the Makefile.
#   make install, make uninstall [DESTDIR=... PREFIX=... or what follows]
#   make dist: what is committed, as an archive

BINDIR = $(PREFIX)/bin
LIBEXECDIR = $(PREFIX)/libexec
MANDIR = $(PREFIX)/share/man
BASHDIR = $(PREFIX)/share/bash-completion/completions
ZSHDIR = $(PREFIX)/share/zsh/site-functions
FISHDIR = $(PREFIX)/share/fish/vendor_completions.d
OURS = $(LIBEXECDIR)/apprentice
ifneq ($(words $(DESTDIR)/$(BINDIR)$(OURS)$(MANDIR)$(BASHDIR)$(ZSHDIR)$(FISHDIR)),1)
$(error a path of the installation has a blank)
endif

# Programs whose names others use, too, are reached through apprentice alone.
INNER := $(filter $(addprefix $(B)/bin/,report watch plot compare),$(TOOLS))
COMMANDS := $(filter-out $(INNER),$(TOOLS)) $(B)/bin/apprentice
NAMES := $(COMMANDS:$(B)/bin/%=%)
# The methods, and all that they read.
METHODS := $(filter-out pipelines/apprentice,$(shell find pipelines -type f ! -name '.*' ! -name '*~'))

# FILE:PLACE of each page; those of programs with common names are apprentice-NAME.
INNER_PAGES := $(INNER:$(B)/bin/%=man/%.1)
PAGES := $(foreach m,$(MAN),$m:man$(subst .,,$(suffix $m))/$(if $(filter $m,$(INNER_PAGES)),apprentice-)$(notdir $m))

# What shells complete is read from the commands themselves.
BASH_FILES := $(NAMES:%=$(B)/completion/bash/%)
ZSH_FILES := $(NAMES:%=$(B)/completion/zsh/_%)
FISH_FILES := $(NAMES:%=$(B)/completion/fish/%.fish)
COMPLETION := $(BASH_FILES) $(ZSH_FILES) $(FISH_FILES)
complete = $(call say,GEN $@,awk -F '\t' -v command=$* -f $^ >$@.tmp && mv $@.tmp $@)

$(B)/completion/table/%: completion/table $(B)/bin/%
	@mkdir -p $(@D)
	$(call say,GEN $@,completion/table $(B)/bin/$* >$@.tmp && mv $@.tmp $@)

$(B)/completion/table/apprentice: $(METHODS) $(TOOLS)

$(B)/completion/bash/%: completion/bash.awk $(B)/completion/table/%
	@mkdir -p $(@D)
	$(complete)

$(B)/completion/zsh/_%: completion/zsh.awk $(B)/completion/table/%
	@mkdir -p $(@D)
	$(complete)

$(B)/completion/fish/%.fish: completion/fish.awk $(B)/completion/table/%
	@mkdir -p $(@D)
	$(complete)

# apprentice finds its methods by the way from the folder of the commands to theirs.
WAY = $(shell realpath -m --relative-to=/$(BINDIR) /$(OURS))

# Folders that are not there yet are noted beside the methods, to go with what is in
# them; those that an earlier installation has made stay noted.
MAN_FOLDERS = $(sort $(foreach p,$(PAGES),$(dir $(MANDIR)/$(lastword $(subst :, ,$p)))))
FOLDERS = $(BINDIR) $(OURS) $(MAN_FOLDERS:/=) $(BASHDIR) $(ZSHDIR) $(FISHDIR)
NOTE = $(DESTDIR)$(OURS)/.folders

install: all $(COMPLETION)
	{ [ ! -f $(NOTE) ] || cat $(NOTE); for d in $(FOLDERS); do \
		while [ -n "$$d" ] && [ ! -d $(DESTDIR)$$d ]; do echo $$d; d=$${d%/*}; done; \
	done; } | LC_ALL=C sort -ru >$(B)/folders
	rm -rf $(DESTDIR)$(OURS)
	install -D -t $(DESTDIR)$(BINDIR) $(filter $(TOOLS),$(COMMANDS))
	$(if $(INNER),install -D -t $(DESTDIR)$(OURS) $(INNER))
	sed 's|$${here%/\*}/libexec/apprentice|$$here/$(WAY)|' pipelines/apprentice >$(B)/umbrella
	grep -qF 'here/$(WAY)' $(B)/umbrella
	install $(B)/umbrella $(DESTDIR)$(BINDIR)/apprentice
	install -D -m 644 -t $(DESTDIR)$(BASHDIR) $(BASH_FILES)
	install -D -m 644 -t $(DESTDIR)$(ZSHDIR) $(ZSH_FILES)
	install -D -m 644 -t $(DESTDIR)$(FISHDIR) $(FISH_FILES)
	for p in $(PAGES); do install -D -m 644 $${p%:*} $(DESTDIR)$(MANDIR)/$${p#*:} || exit; done
	for f in $(METHODS); do \
		mode=644; [ ! -x $$f ] || mode=755; \
		install -D -m $$mode $$f $(DESTDIR)$(OURS)/$${f#pipelines/} || exit; \
	done
	install -m 644 $(B)/folders $(NOTE)

uninstall:
	mkdir -p $(B) && rm -f $(B)/folders
	[ ! -f $(NOTE) ] || cp $(NOTE) $(B)/folders
	rm -rf $(DESTDIR)$(OURS)
	rm -f $(NAMES:%=$(DESTDIR)$(BINDIR)/%) $(NAMES:%=$(DESTDIR)$(BASHDIR)/%) \
		$(NAMES:%=$(DESTDIR)$(ZSHDIR)/_%) $(NAMES:%=$(DESTDIR)$(FISHDIR)/%.fish)
	for p in $(PAGES); do rm -f $(DESTDIR)$(MANDIR)/$${p#*:} || exit; done
	[ ! -f $(B)/folders ] || while read -r d; do \
		[ ! -d $(DESTDIR)$$d ] || rmdir --ignore-fail-on-non-empty $(DESTDIR)$$d || exit; \
	done <$(B)/folders

# The same commit gives the same bytes; its time is that of all files, unless
# SOURCE_DATE_EPOCH is set.
VERSION = $(shell sed -n 's/.*APPRENTICE_VERSION "\(.*\)"/\1/p' lib/cli/version.h)
dist: name = apprentice-$(VERSION)
dist:
	rm -rf $(B)/dist
	mkdir -p $(B)/dist
	git archive --prefix=$(name)/ HEAD | tar -C $(B)/dist -x
	tar -C $(B)/dist --sort=name --format=ustar --mode=u=rwX,go=rX --owner=0 --group=0 --numeric-owner \
		--mtime=@$${SOURCE_DATE_EPOCH:-$$(git log -1 --format=%ct)} -cf $(B)/$(name).tar $(name)
	gzip -9nf $(B)/$(name).tar
	rm -r $(B)/dist
	@echo "$(B)/$(name).tar.gz: commit $$(git rev-parse --short HEAD)"

.PHONY: install uninstall dist
