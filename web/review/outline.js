// Outlining a page: four corners on the photo, by mouse, finger or keyboard, and the straightened, masked preview.
(() => {
  const form = document.querySelector("form.outline");
  if (!form) return;
  const WHOLE = 10000, BEYOND = 3000, STEP = 20, SIDE = 1400, GREY = 160;
  const sheet = JSON.parse(form.dataset.sheet);
  const find = (name) => form.querySelector(`[data-${name}]`);
  const photo = find("original"), picture = find("picture"), drawn = find("outline"), preview = find("preview");
  const corners = [...form.querySelectorAll("[data-corner]")];
  const field = (axis, n) => form.elements[`${axis}${n}`];
  const at = (n) => ["x", "y"].map((axis) => Number(field(axis, n).value));
  const name = (n) => form.querySelector(`[data-name="${n}"]`).textContent;
  const percent = (part) => (part / 100).toLocaleString("id-ID", { maximumFractionDigits: 1 });
  let source = null, due = false;

  // The map from the unit square's corners, as printed, to four points: Heckbert 1989.
  const square = ([[x0, y0], [x1, y1], [x2, y2], [x3, y3]]) => {
    const dx1 = x1 - x2, dx2 = x3 - x2, dy1 = y1 - y2, dy2 = y3 - y2, sx = x0 - x1 + x2 - x3, sy = y0 - y1 + y2 - y3;
    const under = dx1 * dy2 - dx2 * dy1;
    const g = (sx * dy2 - dx2 * sy) / under, h = (dx1 * sy - sx * dy1) / under;
    return [x1 - x0 + g * x1, x3 - x0 + h * x3, x0, y1 - y0 + g * y1, y3 - y0 + h * y3, y0, g, h];
  };
  const clockwise = (points) => points.every(([x, y], k) => {
    const [bx, by] = points[(k + 1) % 4], [cx, cy] = points[(k + 2) % 4];
    return (bx - x) * (cy - by) - (by - y) * (cx - bx) > 0;
  });

  const pixels = () => {
    const times = Math.min(1, SIDE / Math.max(photo.naturalWidth, photo.naturalHeight));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(photo.naturalWidth * times);
    canvas.height = Math.round(photo.naturalHeight * times);
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    pen.drawImage(photo, 0, 0, canvas.width, canvas.height);
    return pen.getImageData(0, 0, canvas.width, canvas.height);
  };

  const straighten = (points) => {
    const [x0, y0, x1, y1] = sheet.shown, [right, down] = sheet.size;
    preview.height = Math.round((preview.width * (y1 - y0)) / (x1 - x0));
    const pen = preview.getContext("2d"), out = pen.createImageData(preview.width, preview.height);
    const [a, b, c, d, e, f, g, h] = square(points);
    const from = new Uint32Array(source.data.buffer), to = new Uint32Array(out.data.buffer);
    const flat = (0xff000000 | (GREY << 16) | (GREY << 8) | GREY) >>> 0;
    for (let y = 0, k = 0; y < out.height; y += 1) {
      const v = (y0 + ((y + 0.5) * (y1 - y0)) / out.height) / down;
      for (let x = 0; x < out.width; x += 1, k += 1) {
        const u = (x0 + ((x + 0.5) * (x1 - x0)) / out.width) / right, w = g * u + h * v + 1;
        const sx = Math.floor(((a * u + b * v + c) / w / WHOLE) * source.width);
        const sy = Math.floor(((d * u + e * v + f) / w / WHOLE) * source.height);
        to[k] = sx >= 0 && sy >= 0 && sx < source.width && sy < source.height ? from[sy * source.width + sx] : flat;
      }
    }
    pen.putImageData(out, 0, 0);
    pen.fillStyle = `rgb(${GREY} ${GREY} ${GREY})`;
    const scale = preview.width / (x1 - x0);
    for (const [left, top, end, bottom] of sheet.hidden[form.elements.shows.value] ?? [])
      pen.fillRect((left - x0) * scale, (top - y0) * scale, (end - left) * scale, (bottom - top) * scale);
  };

  const draw = () => {
    due = false;
    const points = [1, 2, 3, 4].map(at), right = clockwise(points);
    corners.forEach((button, k) => {
      const [x, y] = points[k];
      button.style.left = `${x / 100}%`;
      button.style.top = `${y / 100}%`;
      button.setAttribute("aria-label", `Sudut ${k + 1}, ${name(k + 1)}: ${percent(x)} persen dari kiri, ${percent(y)} persen dari atas`);
    });
    drawn.querySelectorAll("polygon").forEach((line) => line.setAttribute("points", points.map(String).join(" ")));
    find("wrong").hidden = right;
    preview.hidden = !right || !source;
    if (right && source) straighten(points);
  };
  const soon = () => {
    if (!due) requestAnimationFrame(draw);
    due = true;
  };
  const put = (n, x, y) => {
    const within = (value) => Math.round(Math.min(WHOLE + BEYOND, Math.max(-BEYOND, value)));
    field("x", n).value = within(x);
    field("y", n).value = within(y);
    form.elements.seen.checked = false;
    soon();
  };

  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  corners.forEach((button, k) => {
    const n = k + 1;
    let held = null;
    button.addEventListener("pointerdown", (event) => {
      const box = button.getBoundingClientRect();
      held = [event.clientX - box.left - box.width / 2, event.clientY - box.top - box.height / 2];
      button.setPointerCapture(event.pointerId);
    });
    button.addEventListener("pointermove", (event) => {
      if (!held) return;
      const box = photo.getBoundingClientRect();
      put(n, ((event.clientX - held[0] - box.left) / box.width) * WHOLE, ((event.clientY - held[1] - box.top) / box.height) * WHOLE);
    });
    for (const end of ["pointerup", "pointercancel"]) button.addEventListener(end, () => { held = null; });
    button.addEventListener("keydown", (event) => {
      const arrow = ARROWS[event.key];
      if (!arrow) return;
      event.preventDefault();
      const far = STEP * (event.shiftKey ? 10 : 1), [x, y] = at(n);
      put(n, x + arrow[0] * far, y + arrow[1] * far);
    });
    button.addEventListener("keyup", (event) => {
      if (ARROWS[event.key]) find("said").textContent = button.getAttribute("aria-label");
    });
  });
  find("turn").addEventListener("click", () => {
    const points = [4, 1, 2, 3].map(at);
    points.forEach(([x, y], k) => put(k + 1, x, y));
  });
  form.addEventListener("input", (event) => {
    if (event.target.name !== "seen") form.elements.seen.checked = false;
    soon();
  });

  const ready = () => {
    source = pixels();
    for (const one of [drawn, ...corners, ...form.querySelectorAll("[data-needs-script]")]) {
      one.hidden = false;
      one.removeAttribute("hidden");
    }
    draw();
  };
  const unseen = () => { find("unseen").hidden = false; };
  if (photo.complete) (photo.naturalWidth ? ready : unseen)();
  else {
    photo.addEventListener("load", ready);
    photo.addEventListener("error", unseen);
  }
})();
