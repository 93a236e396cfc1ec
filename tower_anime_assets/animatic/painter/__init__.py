"""The embedded painter: keyframes and character sheets drawn as vector art, cel-shaded, in layers."""
