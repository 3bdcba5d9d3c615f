"""The validators' workbench: what the machine may not decide, two people do."""
