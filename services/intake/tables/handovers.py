"""The handing over of files between sites: letters on their way, letters that came, and where files went."""
