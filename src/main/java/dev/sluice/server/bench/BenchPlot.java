package dev.sluice.server.bench;

import dev.sluice.server.bench.Figures.Axis;
import dev.sluice.server.bench.Figures.PassTime;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Dimension;
import java.awt.Font;
import java.awt.geom.AffineTransform;
import java.io.IOException;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.apache.batik.svggen.SVGGraphics2D;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.AxesChartStyler;
import org.knowm.xchart.style.Styler.LegendLayout;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.w3c.dom.Document;

/**
 * One picture: tokens a second by category in every mode, and the time of a pass by its nodes where that was measured.
 * Drawing text needs fonts on the machine.
 *
 * @param figures what was found
 */
record BenchPlot(Figures figures) {
    private static final int WIDTH = 1080;
    private static final int UPPER = 460;
    private static final int LOWER = 380;
    private static final Color INK = new Color(0x33, 0x3D, 0x47);
    private static final Color FAINT = new Color(0xDD, 0xE3, 0xE8);
    /** One colour a mode, told apart by people who see colours differently too (after Okabe and Ito). */
    private static final Map<Mode, Color> COLORS = Map.of(
            Mode.PLAIN, new Color(0x9A, 0xA5, 0xB1),
            Mode.SPECULATIVE, new Color(0x56, 0xB4, 0xE9),
            Mode.GUARDED, new Color(0xE6, 0x9F, 0x00),
            Mode.BOTH, new Color(0x00, 0x72, 0xB2),
            Mode.PEER, new Color(0xCC, 0x79, 0xA7));

    /** The picture. */
    String svg() throws IOException {
        List<PassTime> nodes = figures.passes().stream()
                .filter(pass -> pass.axis() == Axis.NODES)
                .toList();
        SVGGraphics2D graphics = new SVGGraphics2D(emptySvg());
        graphics.setSVGCanvasSize(new Dimension(WIDTH, nodes.isEmpty() ? UPPER : UPPER + LOWER));
        categories().paint(graphics, WIDTH, UPPER);
        if (!nodes.isEmpty()) {
            graphics.setTransform(AffineTransform.getTranslateInstance(0, UPPER));
            passes(nodes).paint(graphics, WIDTH, LOWER);
        }
        StringWriter text = new StringWriter();
        graphics.stream(text, true);
        return text.toString();
    }

    private static Document emptySvg() {
        try {
            return DocumentBuilderFactory.newInstance()
                    .newDocumentBuilder()
                    .getDOMImplementation()
                    .createDocument("http://www.w3.org/2000/svg", "svg", null);
        } catch (ParserConfigurationException e) {
            throw new IllegalStateException(e);
        }
    }

    private CategoryChart categories() {
        CategoryChart chart = new CategoryChartBuilder()
                .width(WIDTH)
                .height(UPPER)
                .title("Tokens a second, %s at %s on %d cores"
                        .formatted(
                                figures.model().name(),
                                figures.model().precision(),
                                figures.machine().cores()))
                .build();
        style(chart.getStyler());
        chart.getStyler().setAvailableSpaceFill(0.78);
        chart.getStyler().setXAxisLabelRotation(figures.categories().size() > 8 ? 25 : 0);
        List<String> names = new ArrayList<>(figures.categories());
        names.add("all");
        for (Mode mode : figures.modes()) {
            List<Double> speeds = new ArrayList<>();
            figures.categories().forEach(category -> speeds.add(figures.speed(mode, category)));
            speeds.add(figures.speed(mode, null));
            chart.addSeries(name(mode), names, speeds).setFillColor(Objects.requireNonNull(COLORS.get(mode)));
        }
        return chart;
    }

    private String name(Mode mode) {
        return mode == Mode.PEER ? figures.peer() + ", plain" : mode.text();
    }

    private XYChart passes(List<PassTime> nodes) {
        XYChart chart = new XYChartBuilder()
                .width(WIDTH)
                .height(LOWER)
                .title("Milliseconds of one pass, by tokens in it")
                .build();
        style(chart.getStyler());
        double[] sizes = nodes.stream().mapToDouble(PassTime::size).toArray();
        line(
                chart,
                "sluice",
                sizes,
                nodes.stream().mapToDouble(PassTime::millis).toArray(),
                Mode.BOTH);
        List<Double> peers = nodes.stream()
                .map(PassTime::peerMillis)
                .filter(Objects::nonNull)
                .toList();
        if (peers.size() == nodes.size()) {
            double[] millis = peers.stream().mapToDouble(Double::doubleValue).toArray();
            line(chart, String.valueOf(figures.peer()), sizes, millis, Mode.PEER);
        }
        return chart;
    }

    private static void line(XYChart chart, String name, double[] x, double[] y, Mode color) {
        XYSeries series = chart.addSeries(name, x, y);
        series.setLineColor(Objects.requireNonNull(COLORS.get(color)));
        series.setLineStyle(new BasicStroke(2.5f));
        series.setMarkerColor(Objects.requireNonNull(COLORS.get(color)));
        series.setMarker(SeriesMarkers.CIRCLE);
    }

    private static void style(AxesChartStyler styler) {
        Font font = new Font(Font.SANS_SERIF, Font.PLAIN, 13);
        styler.setChartBackgroundColor(Color.WHITE)
                .setPlotBackgroundColor(Color.WHITE)
                .setPlotBorderVisible(false)
                .setChartFontColor(INK)
                .setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 17))
                .setChartTitleBoxVisible(false)
                .setChartPadding(18)
                .setLegendPosition(LegendPosition.OutsideS)
                .setLegendFont(font)
                .setLegendBorderColor(Color.WHITE);
        styler.setLegendLayout(LegendLayout.Horizontal);
        styler.setAxisTickLabelsFont(font)
                .setAxisTickLabelsColor(INK)
                .setPlotGridVerticalLinesVisible(false)
                .setPlotGridLinesColor(FAINT)
                .setPlotGridLinesStroke(new BasicStroke(1))
                .setYAxisDecimalPattern("0")
                .setYAxisMin(0.0);
    }
}
